DELETE FROM inspection_round;

INSERT INTO inspection_round (reference, finished, good, warned, critical, unknown, skipped, findings) VALUES
(:reference, :finished, :good, :warned, :critical, :unknown, :skipped, :findings);

INSERT INTO inspection_round (reference, for_month, reason, person, began) VALUES (:reference, :for_month,
:reason, :person, :began);

SELECT inspection_round.reference, inspection_round.for_month, inspection_round.reason,
inspection_round.person, inspection_round.began AS began, inspection_round.finished AS finished,
inspection_round.good, inspection_round.warned, inspection_round.critical, inspection_round.unknown,
inspection_round.skipped, inspection_round.findings FROM inspection_round;

UPDATE inspection_round SET finished=:v_finished, good=:v_good, warned=:v_warned, critical=:v_critical,
unknown=:v_unknown, skipped=:v_skipped, findings=:v_findings WHERE inspection_round.reference = :k_reference;

UPDATE inspection_round SET for_month=:v_for_month, reason=:v_reason, person=:v_person, began=:v_began WHERE
inspection_round.reference = :k_reference;
