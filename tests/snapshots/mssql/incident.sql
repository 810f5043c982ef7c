DELETE FROM incident;

INSERT INTO incident (reference, deadline) VALUES (:reference, :deadline);

INSERT INTO incident (reference, device) VALUES (:reference, :device);

INSERT INTO incident (reference, device, place, symptom, severity, state, drill, occurred, reported, detected,
recorded, deadline) VALUES (:reference, :device, :place, :symptom, :severity, :state, :drill, :occurred,
:reported, :detected, :recorded, :deadline);

INSERT INTO incident (reference, found) VALUES (:reference, :found);

INSERT INTO incident (reference, part) VALUES (:reference, :part);

INSERT INTO incident (reference, reported) VALUES (:reference, :reported);

INSERT INTO incident (reference, severity, deadline) VALUES (:reference, :severity, :deadline);

INSERT INTO incident (reference, state, acknowledged) VALUES (:reference, :state, :acknowledged);

INSERT INTO incident (reference, state, closed) VALUES (:reference, :state, :closed);

INSERT INTO incident (reference, state, diagnosed) VALUES (:reference, :state, :diagnosed);

INSERT INTO incident (reference, state, on_site) VALUES (:reference, :state, :on_site);

INSERT INTO incident (reference, state, restored) VALUES (:reference, :state, :restored);

SELECT incident.reference, incident.device, incident.place, incident.symptom, incident.severity,
incident.state, incident.drill AS drill, incident.occurred AS occurred, incident.reported AS reported,
incident.detected AS detected, incident.recorded AS recorded, incident.deadline AS deadline,
incident.acknowledged AS acknowledged, incident.on_site AS on_site, incident.diagnosed AS diagnosed,
incident.restored AS restored, incident.closed AS closed, incident.found, incident.part FROM incident;

UPDATE incident SET deadline=:v_deadline WHERE incident.reference = :k_reference;

UPDATE incident SET device=:v_device WHERE incident.reference = :k_reference;

UPDATE incident SET device=:v_device, place=:v_place, symptom=:v_symptom, severity=:v_severity,
state=:v_state, drill=:v_drill, occurred=:v_occurred, reported=:v_reported, detected=:v_detected,
recorded=:v_recorded, deadline=:v_deadline WHERE incident.reference = :k_reference;

UPDATE incident SET found=:v_found WHERE incident.reference = :k_reference;

UPDATE incident SET part=:v_part WHERE incident.reference = :k_reference;

UPDATE incident SET reported=:v_reported WHERE incident.reference = :k_reference;

UPDATE incident SET severity=:v_severity, deadline=:v_deadline WHERE incident.reference = :k_reference;

UPDATE incident SET state=:v_state, acknowledged=:v_acknowledged WHERE incident.reference = :k_reference;

UPDATE incident SET state=:v_state, closed=:v_closed WHERE incident.reference = :k_reference;

UPDATE incident SET state=:v_state, diagnosed=:v_diagnosed WHERE incident.reference = :k_reference;

UPDATE incident SET state=:v_state, on_site=:v_on_site WHERE incident.reference = :k_reference;

UPDATE incident SET state=:v_state, restored=:v_restored WHERE incident.reference = :k_reference;
