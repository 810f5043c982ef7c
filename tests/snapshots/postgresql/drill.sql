DELETE FROM drill;

INSERT INTO drill (reference, began, ended, scenario, verdict, result_sha256) VALUES (%s::VARCHAR,
%s::VARCHAR, %s::VARCHAR, %s::VARCHAR, %s::VARCHAR, %s::VARCHAR);

INSERT INTO drill (reference, cancelled) VALUES (%s::VARCHAR, %s::VARCHAR);

INSERT INTO drill (reference, drill, leader, planned) VALUES (%s::VARCHAR, %s::VARCHAR, %s::VARCHAR,
%s::VARCHAR);

INSERT INTO drill (reference, scenario, verdict, result_sha256) VALUES (%s::VARCHAR, %s::VARCHAR, %s::VARCHAR,
%s::VARCHAR);

SELECT drill.reference, drill.drill, drill.leader, drill.planned, drill.began AS began, drill.ended AS ended,
drill.scenario, drill.verdict, drill.result_sha256, drill.cancelled FROM drill;

UPDATE drill SET began=%s::VARCHAR, ended=%s::VARCHAR, scenario=%s::VARCHAR, verdict=%s::VARCHAR,
result_sha256=%s::VARCHAR WHERE drill.reference = %s::VARCHAR;

UPDATE drill SET cancelled=%s::VARCHAR WHERE drill.reference = %s::VARCHAR;

UPDATE drill SET drill=%s::VARCHAR, leader=%s::VARCHAR, planned=%s::VARCHAR WHERE drill.reference =
%s::VARCHAR;

UPDATE drill SET scenario=%s::VARCHAR, verdict=%s::VARCHAR, result_sha256=%s::VARCHAR WHERE drill.reference =
%s::VARCHAR;
