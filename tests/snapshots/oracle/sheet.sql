DELETE FROM sheet;

INSERT INTO sheet (reference, register, state, opened, opened_by, changed, changed_by) VALUES (:reference,
:register, :state, :opened, :opened_by, :changed, :changed_by);

SELECT sheet.reference, sheet.register, sheet.state, sheet.opened AS opened, sheet.opened_by, sheet.changed AS
changed, sheet.changed_by FROM sheet;

UPDATE sheet SET register=:v_register, state=:v_state, changed=:v_changed, changed_by=:v_changed_by WHERE
sheet.reference = :k_reference;
