DELETE FROM training;

INSERT INTO training (reference, held_on, outcome, result, assessor, valid_until) VALUES (:reference,
:held_on, :outcome, :result, :assessor, :valid_until);

INSERT INTO training (reference, outcome) VALUES (:reference, :outcome);

INSERT INTO training (reference, outcome, result, assessor, valid_until) VALUES (:reference, :outcome,
:result, :assessor, :valid_until);

INSERT INTO training (reference, person, topic, trainer, planned) VALUES (:reference, :person, :topic,
:trainer, :planned);

INSERT INTO training (reference, planned) VALUES (:reference, :planned);

SELECT training.reference, training.person, training.topic, training.trainer, training.planned,
training.held_on, training.outcome, training.result, training.assessor, training.valid_until FROM training;

UPDATE training SET held_on=:v_held_on, outcome=:v_outcome, result=:v_result, assessor=:v_assessor,
valid_until=:v_valid_until WHERE training.reference = :k_reference;

UPDATE training SET outcome=:v_outcome WHERE training.reference = :k_reference;

UPDATE training SET outcome=:v_outcome, result=:v_result, assessor=:v_assessor, valid_until=:v_valid_until
WHERE training.reference = :k_reference;

UPDATE training SET person=:v_person, topic=:v_topic, trainer=:v_trainer, planned=:v_planned WHERE
training.reference = :k_reference;

UPDATE training SET planned=:v_planned WHERE training.reference = :k_reference;
