DELETE FROM stock_lot;

INSERT INTO stock_lot (item, lot, expires, unit_cost_fen, on_hand, received, issued, returned, scrapped,
corrected) VALUES (:item, :lot, :expires, :unit_cost_fen, :on_hand, :received, :issued, :returned, :scrapped,
:corrected);

SELECT stock_lot.item, stock_lot.lot, stock_lot.expires, stock_lot.unit_cost_fen, stock_lot.on_hand,
stock_lot.received, stock_lot.issued, stock_lot.returned, stock_lot.scrapped, stock_lot.corrected FROM
stock_lot;

UPDATE stock_lot SET on_hand=(stock_lot.on_hand + :s_on_hand), corrected=(stock_lot.corrected + :s_corrected)
WHERE stock_lot.item = :k_item AND stock_lot.lot = :k_lot;

UPDATE stock_lot SET on_hand=(stock_lot.on_hand + :s_on_hand), issued=(stock_lot.issued + :s_issued) WHERE
stock_lot.item = :k_item AND stock_lot.lot = :k_lot;

UPDATE stock_lot SET on_hand=(stock_lot.on_hand + :s_on_hand), received=(stock_lot.received + :s_received)
WHERE stock_lot.item = :k_item AND stock_lot.lot = :k_lot;

UPDATE stock_lot SET on_hand=(stock_lot.on_hand + :s_on_hand), returned=(stock_lot.returned + :s_returned)
WHERE stock_lot.item = :k_item AND stock_lot.lot = :k_lot;

UPDATE stock_lot SET on_hand=(stock_lot.on_hand + :s_on_hand), scrapped=(stock_lot.scrapped + :s_scrapped)
WHERE stock_lot.item = :k_item AND stock_lot.lot = :k_lot;
