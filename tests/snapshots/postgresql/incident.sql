DELETE FROM incident;

INSERT INTO incident (reference, deadline) VALUES (%s::VARCHAR, %s::VARCHAR);

INSERT INTO incident (reference, device) VALUES (%s::VARCHAR, %s::VARCHAR);

INSERT INTO incident (reference, device, place, symptom, severity, state, drill, occurred, reported, detected,
recorded, deadline) VALUES (%s::VARCHAR, %s::VARCHAR, %s::VARCHAR, %s::VARCHAR, %s::VARCHAR, %s::VARCHAR,
%s::SMALLINT, %s::VARCHAR, %s::VARCHAR, %s::VARCHAR, %s::VARCHAR, %s::VARCHAR);

INSERT INTO incident (reference, found) VALUES (%s::VARCHAR, %s::VARCHAR);

INSERT INTO incident (reference, part) VALUES (%s::VARCHAR, %s::VARCHAR);

INSERT INTO incident (reference, reported) VALUES (%s::VARCHAR, %s::VARCHAR);

INSERT INTO incident (reference, severity, deadline) VALUES (%s::VARCHAR, %s::VARCHAR, %s::VARCHAR);

INSERT INTO incident (reference, state, acknowledged) VALUES (%s::VARCHAR, %s::VARCHAR, %s::VARCHAR);

INSERT INTO incident (reference, state, closed) VALUES (%s::VARCHAR, %s::VARCHAR, %s::VARCHAR);

INSERT INTO incident (reference, state, diagnosed) VALUES (%s::VARCHAR, %s::VARCHAR, %s::VARCHAR);

INSERT INTO incident (reference, state, on_site) VALUES (%s::VARCHAR, %s::VARCHAR, %s::VARCHAR);

INSERT INTO incident (reference, state, restored) VALUES (%s::VARCHAR, %s::VARCHAR, %s::VARCHAR);

SELECT incident.reference, incident.device, incident.place, incident.symptom, incident.severity,
incident.state, incident.drill AS drill, incident.occurred AS occurred, incident.reported AS reported,
incident.detected AS detected, incident.recorded AS recorded, incident.deadline AS deadline,
incident.acknowledged AS acknowledged, incident.on_site AS on_site, incident.diagnosed AS diagnosed,
incident.restored AS restored, incident.closed AS closed, incident.found, incident.part FROM incident;

UPDATE incident SET deadline=%s::VARCHAR WHERE incident.reference = %s::VARCHAR;

UPDATE incident SET device=%s::VARCHAR WHERE incident.reference = %s::VARCHAR;

UPDATE incident SET device=%s::VARCHAR, place=%s::VARCHAR, symptom=%s::VARCHAR, severity=%s::VARCHAR,
state=%s::VARCHAR, drill=%s::SMALLINT, occurred=%s::VARCHAR, reported=%s::VARCHAR, detected=%s::VARCHAR,
recorded=%s::VARCHAR, deadline=%s::VARCHAR WHERE incident.reference = %s::VARCHAR;

UPDATE incident SET found=%s::VARCHAR WHERE incident.reference = %s::VARCHAR;

UPDATE incident SET part=%s::VARCHAR WHERE incident.reference = %s::VARCHAR;

UPDATE incident SET reported=%s::VARCHAR WHERE incident.reference = %s::VARCHAR;

UPDATE incident SET severity=%s::VARCHAR, deadline=%s::VARCHAR WHERE incident.reference = %s::VARCHAR;

UPDATE incident SET state=%s::VARCHAR, acknowledged=%s::VARCHAR WHERE incident.reference = %s::VARCHAR;

UPDATE incident SET state=%s::VARCHAR, closed=%s::VARCHAR WHERE incident.reference = %s::VARCHAR;

UPDATE incident SET state=%s::VARCHAR, diagnosed=%s::VARCHAR WHERE incident.reference = %s::VARCHAR;

UPDATE incident SET state=%s::VARCHAR, on_site=%s::VARCHAR WHERE incident.reference = %s::VARCHAR;

UPDATE incident SET state=%s::VARCHAR, restored=%s::VARCHAR WHERE incident.reference = %s::VARCHAR;
