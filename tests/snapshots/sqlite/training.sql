DELETE FROM training;

INSERT INTO training (reference, held_on, outcome, result, assessor, valid_until) VALUES (?, ?, ?, ?, ?, ?);

INSERT INTO training (reference, outcome) VALUES (?, ?);

INSERT INTO training (reference, outcome, result, assessor, valid_until) VALUES (?, ?, ?, ?, ?);

INSERT INTO training (reference, person, topic, trainer, planned) VALUES (?, ?, ?, ?, ?);

INSERT INTO training (reference, planned) VALUES (?, ?);

SELECT training.reference, training.person, training.topic, training.trainer, training.planned,
training.held_on, training.outcome, training.result, training.assessor, training.valid_until FROM training;

UPDATE training SET held_on=?, outcome=?, result=?, assessor=?, valid_until=? WHERE training.reference = ?;

UPDATE training SET outcome=? WHERE training.reference = ?;

UPDATE training SET outcome=?, result=?, assessor=?, valid_until=? WHERE training.reference = ?;

UPDATE training SET person=?, topic=?, trainer=?, planned=? WHERE training.reference = ?;

UPDATE training SET planned=? WHERE training.reference = ?;
