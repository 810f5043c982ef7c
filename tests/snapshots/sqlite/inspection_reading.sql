DELETE FROM inspection_reading;

INSERT INTO inspection_reading (seq, round, item, state, answer, words, person, at) VALUES (?, ?, ?, ?, ?, ?,
?, ?);

INSERT INTO inspection_reading (seq, round, item, state, reading, limit_value, unit, words, person, at) VALUES
(?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

SELECT inspection_reading.seq, inspection_reading.round, inspection_reading.item, inspection_reading.state,
inspection_reading.reading, inspection_reading.limit_value, inspection_reading.unit,
inspection_reading.answer, inspection_reading.words, inspection_reading.person, inspection_reading.at AS at
FROM inspection_reading;
