DELETE FROM part;

INSERT INTO part (device, part, serial, lot, old_serial, counter, wear_at, person, at) VALUES (:device, :part,
:serial, :lot, :old_serial, :counter, :wear_at, :person, :at);

SELECT part.device, part.part, part.serial, part.lot, part.old_serial, part.counter, part.wear_at,
part.person, part.at AS at FROM part;

UPDATE part SET serial=:v_serial, lot=:v_lot, old_serial=:v_old_serial, counter=:v_counter,
wear_at=:v_wear_at, person=:v_person, at=:v_at WHERE part.device = :k_device AND part.part = :k_part;
