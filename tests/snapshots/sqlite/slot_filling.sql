DELETE FROM slot_filling;

INSERT INTO slot_filling (device, slot, lot, item, put_in, taken_out, last) VALUES (?, ?, ?, ?, ?, ?, ?);

SELECT slot_filling.device, slot_filling.slot, slot_filling.lot, slot_filling.item, slot_filling.put_in,
slot_filling.taken_out, slot_filling.last AS last FROM slot_filling;

UPDATE slot_filling SET item=?, put_in=(slot_filling.put_in + ?), last=? WHERE slot_filling.device = ? AND
slot_filling.slot = ? AND slot_filling.lot = ?;

UPDATE slot_filling SET item=?, taken_out=(slot_filling.taken_out + ?), last=? WHERE slot_filling.device = ?
AND slot_filling.slot = ? AND slot_filling.lot = ?;
