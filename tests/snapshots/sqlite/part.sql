DELETE FROM part;

INSERT INTO part (device, part, serial, lot, old_serial, counter, wear_at, person, at) VALUES (?, ?, ?, ?, ?,
?, ?, ?, ?);

SELECT part.device, part.part, part.serial, part.lot, part.old_serial, part.counter, part.wear_at,
part.person, part.at AS at FROM part;

UPDATE part SET serial=?, lot=?, old_serial=?, counter=?, wear_at=?, person=?, at=? WHERE part.device = ? AND
part.part = ?;
