DELETE FROM spare;

INSERT INTO spare (reference, item, lot, incident, device, state, issued_by, issued) VALUES (?, ?, ?, ?, ?, ?,
?, ?);

INSERT INTO spare (reference, state, old_serial, condition_of_old, old_went_to, returned) VALUES (?, ?, ?, ?,
?, ?);

INSERT INTO spare (reference, state, reason) VALUES (?, ?, ?);

INSERT INTO spare (reference, state, serial, old_serial, fitted) VALUES (?, ?, ?, ?, ?);

INSERT INTO spare (reference, state, signed, signed_by) VALUES (?, ?, ?, ?);

SELECT spare.reference, spare.item, spare.lot, spare.incident, spare.device, spare.state, spare.serial,
spare.old_serial, spare.condition_of_old, spare.old_went_to, spare.reason, spare.issued_by, spare.issued AS
issued, spare.fitted AS fitted, spare.returned AS returned, spare.signed AS signed, spare.signed_by FROM spare;

UPDATE spare SET item=?, lot=?, incident=?, device=?, state=?, issued_by=?, issued=? WHERE spare.reference = ?;

UPDATE spare SET state=?, old_serial=?, condition_of_old=?, old_went_to=?, returned=? WHERE spare.reference =
?;

UPDATE spare SET state=?, reason=? WHERE spare.reference = ?;

UPDATE spare SET state=?, serial=?, old_serial=?, fitted=? WHERE spare.reference = ?;

UPDATE spare SET state=?, signed=?, signed_by=? WHERE spare.reference = ?;
