DELETE FROM inspection_finding;

INSERT INTO inspection_finding (reference, done, closed_by, closed) VALUES (:reference, :done, :closed_by,
:closed);

INSERT INTO inspection_finding (reference, round, item, what, severity, measure, person, due_on, found_by,
found) VALUES (:reference, :round, :item, :what, :severity, :measure, :person, :due_on, :found_by, :found);

SELECT inspection_finding.reference, inspection_finding.round, inspection_finding.item,
inspection_finding.what, inspection_finding.severity, inspection_finding.measure, inspection_finding.person,
inspection_finding.due_on, inspection_finding.found_by, inspection_finding.found AS found,
inspection_finding.done, inspection_finding.closed_by, inspection_finding.closed AS closed FROM
inspection_finding;

UPDATE inspection_finding SET done=:v_done, closed_by=:v_closed_by, closed=:v_closed WHERE
inspection_finding.reference = :k_reference;

UPDATE inspection_finding SET round=:v_round, item=:v_item, what=:v_what, severity=:v_severity,
measure=:v_measure, person=:v_person, due_on=:v_due_on, found_by=:v_found_by, found=:v_found WHERE
inspection_finding.reference = :k_reference;
