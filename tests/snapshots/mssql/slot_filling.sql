DELETE FROM slot_filling;

INSERT INTO slot_filling (device, slot, lot, item, put_in, taken_out, last) VALUES (:device, :slot, :lot,
:item, :put_in, :taken_out, :last);

SELECT slot_filling.device, slot_filling.slot, slot_filling.lot, slot_filling.item, slot_filling.put_in,
slot_filling.taken_out, slot_filling.last AS last FROM slot_filling;

UPDATE slot_filling SET item=:v_item, put_in=(slot_filling.put_in + :s_put_in), last=:v_last WHERE
slot_filling.device = :k_device AND slot_filling.slot = :k_slot AND slot_filling.lot = :k_lot;

UPDATE slot_filling SET item=:v_item, taken_out=(slot_filling.taken_out + :s_taken_out), last=:v_last WHERE
slot_filling.device = :k_device AND slot_filling.slot = :k_slot AND slot_filling.lot = :k_lot;
