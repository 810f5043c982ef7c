DELETE FROM inspection_finding;

INSERT INTO inspection_finding (reference, done, closed_by, closed) VALUES (%s::VARCHAR, %s::VARCHAR,
%s::VARCHAR, %s::VARCHAR);

INSERT INTO inspection_finding (reference, round, item, what, severity, measure, person, due_on, found_by,
found) VALUES (%s::VARCHAR, %s::VARCHAR, %s::VARCHAR, %s::VARCHAR, %s::VARCHAR, %s::VARCHAR, %s::VARCHAR,
%s::VARCHAR, %s::VARCHAR, %s::VARCHAR);

SELECT inspection_finding.reference, inspection_finding.round, inspection_finding.item,
inspection_finding.what, inspection_finding.severity, inspection_finding.measure, inspection_finding.person,
inspection_finding.due_on, inspection_finding.found_by, inspection_finding.found AS found,
inspection_finding.done, inspection_finding.closed_by, inspection_finding.closed AS closed FROM
inspection_finding;

UPDATE inspection_finding SET done=%s::VARCHAR, closed_by=%s::VARCHAR, closed=%s::VARCHAR WHERE
inspection_finding.reference = %s::VARCHAR;

UPDATE inspection_finding SET round=%s::VARCHAR, item=%s::VARCHAR, what=%s::VARCHAR, severity=%s::VARCHAR,
measure=%s::VARCHAR, person=%s::VARCHAR, due_on=%s::VARCHAR, found_by=%s::VARCHAR, found=%s::VARCHAR WHERE
inspection_finding.reference = %s::VARCHAR;
