DELETE FROM stock_lot;

INSERT INTO stock_lot (item, lot, expires, unit_cost_fen, on_hand, received, issued, returned, scrapped,
corrected) VALUES (%s::VARCHAR, %s::VARCHAR, %s::VARCHAR, %s::BIGINT, %s::BIGINT, %s::BIGINT, %s::BIGINT,
%s::BIGINT, %s::BIGINT, %s::BIGINT);

SELECT stock_lot.item, stock_lot.lot, stock_lot.expires, stock_lot.unit_cost_fen, stock_lot.on_hand,
stock_lot.received, stock_lot.issued, stock_lot.returned, stock_lot.scrapped, stock_lot.corrected FROM
stock_lot;

UPDATE stock_lot SET on_hand=(stock_lot.on_hand + %s::BIGINT), corrected=(stock_lot.corrected + %s::BIGINT)
WHERE stock_lot.item = %s::VARCHAR AND stock_lot.lot = %s::VARCHAR;

UPDATE stock_lot SET on_hand=(stock_lot.on_hand + %s::BIGINT), issued=(stock_lot.issued + %s::BIGINT) WHERE
stock_lot.item = %s::VARCHAR AND stock_lot.lot = %s::VARCHAR;

UPDATE stock_lot SET on_hand=(stock_lot.on_hand + %s::BIGINT), received=(stock_lot.received + %s::BIGINT)
WHERE stock_lot.item = %s::VARCHAR AND stock_lot.lot = %s::VARCHAR;

UPDATE stock_lot SET on_hand=(stock_lot.on_hand + %s::BIGINT), returned=(stock_lot.returned + %s::BIGINT)
WHERE stock_lot.item = %s::VARCHAR AND stock_lot.lot = %s::VARCHAR;

UPDATE stock_lot SET on_hand=(stock_lot.on_hand + %s::BIGINT), scrapped=(stock_lot.scrapped + %s::BIGINT)
WHERE stock_lot.item = %s::VARCHAR AND stock_lot.lot = %s::VARCHAR;
