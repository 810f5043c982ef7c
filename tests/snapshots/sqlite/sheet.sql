DELETE FROM sheet;

INSERT INTO sheet (reference, register, state, opened, opened_by, changed, changed_by) VALUES (?, ?, ?, ?, ?,
?, ?);

SELECT sheet.reference, sheet.register, sheet.state, sheet.opened AS opened, sheet.opened_by, sheet.changed AS
changed, sheet.changed_by FROM sheet;

UPDATE sheet SET register=?, state=?, changed=?, changed_by=? WHERE sheet.reference = ?;
