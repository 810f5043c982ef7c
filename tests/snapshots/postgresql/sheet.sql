DELETE FROM sheet;

INSERT INTO sheet (reference, register, state, opened, opened_by, changed, changed_by) VALUES (%s::VARCHAR,
%s::VARCHAR, %s::VARCHAR, %s::VARCHAR, %s::VARCHAR, %s::VARCHAR, %s::VARCHAR);

SELECT sheet.reference, sheet.register, sheet.state, sheet.opened AS opened, sheet.opened_by, sheet.changed AS
changed, sheet.changed_by FROM sheet;

UPDATE sheet SET register=%s::VARCHAR, state=%s::VARCHAR, changed=%s::VARCHAR, changed_by=%s::VARCHAR WHERE
sheet.reference = %s::VARCHAR;
