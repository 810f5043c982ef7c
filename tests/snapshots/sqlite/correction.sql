DELETE FROM correction;

INSERT INTO correction (seq, corrected, reason, truth, actor, at) VALUES (?, ?, ?, ?, ?, ?);

SELECT correction.seq, correction.corrected, correction.reason, correction.truth, correction.actor,
correction.at AS at FROM correction;
