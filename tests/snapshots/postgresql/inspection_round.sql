DELETE FROM inspection_round;

INSERT INTO inspection_round (reference, finished, good, warned, critical, unknown, skipped, findings) VALUES
(%s::VARCHAR, %s::VARCHAR, %s::BIGINT, %s::BIGINT, %s::BIGINT, %s::BIGINT, %s::BIGINT, %s::BIGINT);

INSERT INTO inspection_round (reference, for_month, reason, person, began) VALUES (%s::VARCHAR, %s::VARCHAR,
%s::VARCHAR, %s::VARCHAR, %s::VARCHAR);

SELECT inspection_round.reference, inspection_round.for_month, inspection_round.reason,
inspection_round.person, inspection_round.began AS began, inspection_round.finished AS finished,
inspection_round.good, inspection_round.warned, inspection_round.critical, inspection_round.unknown,
inspection_round.skipped, inspection_round.findings FROM inspection_round;

UPDATE inspection_round SET finished=%s::VARCHAR, good=%s::BIGINT, warned=%s::BIGINT, critical=%s::BIGINT,
unknown=%s::BIGINT, skipped=%s::BIGINT, findings=%s::BIGINT WHERE inspection_round.reference = %s::VARCHAR;

UPDATE inspection_round SET for_month=%s::VARCHAR, reason=%s::VARCHAR, person=%s::VARCHAR, began=%s::VARCHAR
WHERE inspection_round.reference = %s::VARCHAR;
