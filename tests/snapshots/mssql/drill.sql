DELETE FROM drill;

INSERT INTO drill (reference, began, ended, scenario, verdict, result_sha256) VALUES (:reference, :began,
:ended, :scenario, :verdict, :result_sha256);

INSERT INTO drill (reference, cancelled) VALUES (:reference, :cancelled);

INSERT INTO drill (reference, drill, leader, planned) VALUES (:reference, :drill, :leader, :planned);

INSERT INTO drill (reference, scenario, verdict, result_sha256) VALUES (:reference, :scenario, :verdict,
:result_sha256);

SELECT drill.reference, drill.drill, drill.leader, drill.planned, drill.began AS began, drill.ended AS ended,
drill.scenario, drill.verdict, drill.result_sha256, drill.cancelled FROM drill;

UPDATE drill SET began=:v_began, ended=:v_ended, scenario=:v_scenario, verdict=:v_verdict,
result_sha256=:v_result_sha256 WHERE drill.reference = :k_reference;

UPDATE drill SET cancelled=:v_cancelled WHERE drill.reference = :k_reference;

UPDATE drill SET drill=:v_drill, leader=:v_leader, planned=:v_planned WHERE drill.reference = :k_reference;

UPDATE drill SET scenario=:v_scenario, verdict=:v_verdict, result_sha256=:v_result_sha256 WHERE
drill.reference = :k_reference;
