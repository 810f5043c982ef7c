DELETE FROM slot_filling;

INSERT INTO slot_filling (device, slot, lot, item, put_in, taken_out, last) VALUES (%s::VARCHAR, %s::VARCHAR,
%s::VARCHAR, %s::VARCHAR, %s::BIGINT, %s::BIGINT, %s::VARCHAR);

SELECT slot_filling.device, slot_filling.slot, slot_filling.lot, slot_filling.item, slot_filling.put_in,
slot_filling.taken_out, slot_filling.last AS last FROM slot_filling;

UPDATE slot_filling SET item=%s::VARCHAR, put_in=(slot_filling.put_in + %s::BIGINT), last=%s::VARCHAR WHERE
slot_filling.device = %s::VARCHAR AND slot_filling.slot = %s::VARCHAR AND slot_filling.lot = %s::VARCHAR;

UPDATE slot_filling SET item=%s::VARCHAR, taken_out=(slot_filling.taken_out + %s::BIGINT), last=%s::VARCHAR
WHERE slot_filling.device = %s::VARCHAR AND slot_filling.slot = %s::VARCHAR AND slot_filling.lot = %s::VARCHAR;
