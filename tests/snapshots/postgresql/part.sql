DELETE FROM part;

INSERT INTO part (device, part, serial, lot, old_serial, counter, wear_at, person, at) VALUES (%s::VARCHAR,
%s::VARCHAR, %s::VARCHAR, %s::VARCHAR, %s::VARCHAR, %s::VARCHAR, %s::FLOAT, %s::VARCHAR, %s::VARCHAR);

SELECT part.device, part.part, part.serial, part.lot, part.old_serial, part.counter, part.wear_at,
part.person, part.at AS at FROM part;

UPDATE part SET serial=%s::VARCHAR, lot=%s::VARCHAR, old_serial=%s::VARCHAR, counter=%s::VARCHAR,
wear_at=%s::FLOAT, person=%s::VARCHAR, at=%s::VARCHAR WHERE part.device = %s::VARCHAR AND part.part =
%s::VARCHAR;
