DELETE FROM inspection_finding;

INSERT INTO inspection_finding (reference, done, closed_by, closed) VALUES (?, ?, ?, ?);

INSERT INTO inspection_finding (reference, round, item, what, severity, measure, person, due_on, found_by,
found) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

SELECT inspection_finding.reference, inspection_finding.round, inspection_finding.item,
inspection_finding.what, inspection_finding.severity, inspection_finding.measure, inspection_finding.person,
inspection_finding.due_on, inspection_finding.found_by, inspection_finding.found AS found,
inspection_finding.done, inspection_finding.closed_by, inspection_finding.closed AS closed FROM
inspection_finding;

UPDATE inspection_finding SET done=?, closed_by=?, closed=? WHERE inspection_finding.reference = ?;

UPDATE inspection_finding SET round=?, item=?, what=?, severity=?, measure=?, person=?, due_on=?, found_by=?,
found=? WHERE inspection_finding.reference = ?;
