DELETE FROM incident;

INSERT INTO incident (reference, deadline) VALUES (?, ?);

INSERT INTO incident (reference, device) VALUES (?, ?);

INSERT INTO incident (reference, device, place, symptom, severity, state, drill, occurred, reported, detected,
recorded, deadline) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

INSERT INTO incident (reference, found) VALUES (?, ?);

INSERT INTO incident (reference, part) VALUES (?, ?);

INSERT INTO incident (reference, reported) VALUES (?, ?);

INSERT INTO incident (reference, severity, deadline) VALUES (?, ?, ?);

INSERT INTO incident (reference, state, acknowledged) VALUES (?, ?, ?);

INSERT INTO incident (reference, state, closed) VALUES (?, ?, ?);

INSERT INTO incident (reference, state, diagnosed) VALUES (?, ?, ?);

INSERT INTO incident (reference, state, on_site) VALUES (?, ?, ?);

INSERT INTO incident (reference, state, restored) VALUES (?, ?, ?);

SELECT incident.reference, incident.device, incident.place, incident.symptom, incident.severity,
incident.state, incident.drill AS drill, incident.occurred AS occurred, incident.reported AS reported,
incident.detected AS detected, incident.recorded AS recorded, incident.deadline AS deadline,
incident.acknowledged AS acknowledged, incident.on_site AS on_site, incident.diagnosed AS diagnosed,
incident.restored AS restored, incident.closed AS closed, incident.found, incident.part FROM incident;

UPDATE incident SET deadline=? WHERE incident.reference = ?;

UPDATE incident SET device=? WHERE incident.reference = ?;

UPDATE incident SET device=?, place=?, symptom=?, severity=?, state=?, drill=?, occurred=?, reported=?,
detected=?, recorded=?, deadline=? WHERE incident.reference = ?;

UPDATE incident SET found=? WHERE incident.reference = ?;

UPDATE incident SET part=? WHERE incident.reference = ?;

UPDATE incident SET reported=? WHERE incident.reference = ?;

UPDATE incident SET severity=?, deadline=? WHERE incident.reference = ?;

UPDATE incident SET state=?, acknowledged=? WHERE incident.reference = ?;

UPDATE incident SET state=?, closed=? WHERE incident.reference = ?;

UPDATE incident SET state=?, diagnosed=? WHERE incident.reference = ?;

UPDATE incident SET state=?, on_site=? WHERE incident.reference = ?;

UPDATE incident SET state=?, restored=? WHERE incident.reference = ?;
