DELETE FROM drill;

INSERT INTO drill (reference, began, ended, scenario, verdict, result_sha256) VALUES (?, ?, ?, ?, ?, ?);

INSERT INTO drill (reference, cancelled) VALUES (?, ?);

INSERT INTO drill (reference, drill, leader, planned) VALUES (?, ?, ?, ?);

INSERT INTO drill (reference, scenario, verdict, result_sha256) VALUES (?, ?, ?, ?);

SELECT drill.reference, drill.drill, drill.leader, drill.planned, drill.began AS began, drill.ended AS ended,
drill.scenario, drill.verdict, drill.result_sha256, drill.cancelled FROM drill;

UPDATE drill SET began=?, ended=?, scenario=?, verdict=?, result_sha256=? WHERE drill.reference = ?;

UPDATE drill SET cancelled=? WHERE drill.reference = ?;

UPDATE drill SET drill=?, leader=?, planned=? WHERE drill.reference = ?;

UPDATE drill SET scenario=?, verdict=?, result_sha256=? WHERE drill.reference = ?;
