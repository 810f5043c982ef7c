DELETE FROM inspection_round;

INSERT INTO inspection_round (reference, finished, good, warned, critical, unknown, skipped, findings) VALUES
(?, ?, ?, ?, ?, ?, ?, ?);

INSERT INTO inspection_round (reference, for_month, reason, person, began) VALUES (?, ?, ?, ?, ?);

SELECT inspection_round.reference, inspection_round.for_month, inspection_round.reason,
inspection_round.person, inspection_round.began AS began, inspection_round.finished AS finished,
inspection_round.good, inspection_round.warned, inspection_round.critical, inspection_round.unknown,
inspection_round.skipped, inspection_round.findings FROM inspection_round;

UPDATE inspection_round SET finished=?, good=?, warned=?, critical=?, unknown=?, skipped=?, findings=? WHERE
inspection_round.reference = ?;

UPDATE inspection_round SET for_month=?, reason=?, person=?, began=? WHERE inspection_round.reference = ?;
