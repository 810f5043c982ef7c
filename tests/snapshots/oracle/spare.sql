DELETE FROM spare;

INSERT INTO spare (reference, item, lot, incident, device, state, issued_by, issued) VALUES (:reference,
:item, :lot, :incident, :device, :state, :issued_by, :issued);

INSERT INTO spare (reference, state, old_serial, condition_of_old, old_went_to, returned) VALUES (:reference,
:state, :old_serial, :condition_of_old, :old_went_to, :returned);

INSERT INTO spare (reference, state, reason) VALUES (:reference, :state, :reason);

INSERT INTO spare (reference, state, serial, old_serial, fitted) VALUES (:reference, :state, :serial,
:old_serial, :fitted);

INSERT INTO spare (reference, state, signed, signed_by) VALUES (:reference, :state, :signed, :signed_by);

SELECT spare.reference, spare.item, spare.lot, spare.incident, spare.device, spare.state, spare.serial,
spare.old_serial, spare.condition_of_old, spare.old_went_to, spare.reason, spare.issued_by, spare.issued AS
issued, spare.fitted AS fitted, spare.returned AS returned, spare.signed AS signed, spare.signed_by FROM spare;

UPDATE spare SET item=:v_item, lot=:v_lot, incident=:v_incident, device=:v_device, state=:v_state,
issued_by=:v_issued_by, issued=:v_issued WHERE spare.reference = :k_reference;

UPDATE spare SET state=:v_state, old_serial=:v_old_serial, condition_of_old=:v_condition_of_old,
old_went_to=:v_old_went_to, returned=:v_returned WHERE spare.reference = :k_reference;

UPDATE spare SET state=:v_state, reason=:v_reason WHERE spare.reference = :k_reference;

UPDATE spare SET state=:v_state, serial=:v_serial, old_serial=:v_old_serial, fitted=:v_fitted WHERE
spare.reference = :k_reference;

UPDATE spare SET state=:v_state, signed=:v_signed, signed_by=:v_signed_by WHERE spare.reference = :k_reference;
