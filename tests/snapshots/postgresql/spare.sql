DELETE FROM spare;

INSERT INTO spare (reference, item, lot, incident, device, state, issued_by, issued) VALUES (%s::VARCHAR,
%s::VARCHAR, %s::VARCHAR, %s::VARCHAR, %s::VARCHAR, %s::VARCHAR, %s::VARCHAR, %s::VARCHAR);

INSERT INTO spare (reference, state, old_serial, condition_of_old, old_went_to, returned) VALUES (%s::VARCHAR,
%s::VARCHAR, %s::VARCHAR, %s::VARCHAR, %s::VARCHAR, %s::VARCHAR);

INSERT INTO spare (reference, state, reason) VALUES (%s::VARCHAR, %s::VARCHAR, %s::VARCHAR);

INSERT INTO spare (reference, state, serial, old_serial, fitted) VALUES (%s::VARCHAR, %s::VARCHAR,
%s::VARCHAR, %s::VARCHAR, %s::VARCHAR);

INSERT INTO spare (reference, state, signed, signed_by) VALUES (%s::VARCHAR, %s::VARCHAR, %s::VARCHAR,
%s::VARCHAR);

SELECT spare.reference, spare.item, spare.lot, spare.incident, spare.device, spare.state, spare.serial,
spare.old_serial, spare.condition_of_old, spare.old_went_to, spare.reason, spare.issued_by, spare.issued AS
issued, spare.fitted AS fitted, spare.returned AS returned, spare.signed AS signed, spare.signed_by FROM spare;

UPDATE spare SET item=%s::VARCHAR, lot=%s::VARCHAR, incident=%s::VARCHAR, device=%s::VARCHAR,
state=%s::VARCHAR, issued_by=%s::VARCHAR, issued=%s::VARCHAR WHERE spare.reference = %s::VARCHAR;

UPDATE spare SET state=%s::VARCHAR, old_serial=%s::VARCHAR, condition_of_old=%s::VARCHAR,
old_went_to=%s::VARCHAR, returned=%s::VARCHAR WHERE spare.reference = %s::VARCHAR;

UPDATE spare SET state=%s::VARCHAR, reason=%s::VARCHAR WHERE spare.reference = %s::VARCHAR;

UPDATE spare SET state=%s::VARCHAR, serial=%s::VARCHAR, old_serial=%s::VARCHAR, fitted=%s::VARCHAR WHERE
spare.reference = %s::VARCHAR;

UPDATE spare SET state=%s::VARCHAR, signed=%s::VARCHAR, signed_by=%s::VARCHAR WHERE spare.reference =
%s::VARCHAR;
