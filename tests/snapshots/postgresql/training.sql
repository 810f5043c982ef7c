DELETE FROM training;

INSERT INTO training (reference, held_on, outcome, result, assessor, valid_until) VALUES (%s::VARCHAR,
%s::VARCHAR, %s::VARCHAR, %s::VARCHAR, %s::VARCHAR, %s::VARCHAR);

INSERT INTO training (reference, outcome) VALUES (%s::VARCHAR, %s::VARCHAR);

INSERT INTO training (reference, outcome, result, assessor, valid_until) VALUES (%s::VARCHAR, %s::VARCHAR,
%s::VARCHAR, %s::VARCHAR, %s::VARCHAR);

INSERT INTO training (reference, person, topic, trainer, planned) VALUES (%s::VARCHAR, %s::VARCHAR,
%s::VARCHAR, %s::VARCHAR, %s::VARCHAR);

INSERT INTO training (reference, planned) VALUES (%s::VARCHAR, %s::VARCHAR);

SELECT training.reference, training.person, training.topic, training.trainer, training.planned,
training.held_on, training.outcome, training.result, training.assessor, training.valid_until FROM training;

UPDATE training SET held_on=%s::VARCHAR, outcome=%s::VARCHAR, result=%s::VARCHAR, assessor=%s::VARCHAR,
valid_until=%s::VARCHAR WHERE training.reference = %s::VARCHAR;

UPDATE training SET outcome=%s::VARCHAR WHERE training.reference = %s::VARCHAR;

UPDATE training SET outcome=%s::VARCHAR, result=%s::VARCHAR, assessor=%s::VARCHAR, valid_until=%s::VARCHAR
WHERE training.reference = %s::VARCHAR;

UPDATE training SET person=%s::VARCHAR, topic=%s::VARCHAR, trainer=%s::VARCHAR, planned=%s::VARCHAR WHERE
training.reference = %s::VARCHAR;

UPDATE training SET planned=%s::VARCHAR WHERE training.reference = %s::VARCHAR;
