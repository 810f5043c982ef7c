DELETE FROM purchase_order;

INSERT INTO purchase_order (reference, closed, reason) VALUES (:reference, :closed, :reason);

INSERT INTO purchase_order (reference, supplier, placed, placed_by, due, pieces, cost_fen) VALUES (:reference,
:supplier, :placed, :placed_by, :due, :pieces, :cost_fen);

SELECT purchase_order.reference, purchase_order.supplier, purchase_order.placed AS placed,
purchase_order.placed_by, purchase_order.due AS due, purchase_order.pieces, purchase_order.cost_fen,
purchase_order.closed AS closed, purchase_order.reason FROM purchase_order;

UPDATE purchase_order SET closed=:v_closed, reason=:v_reason WHERE purchase_order.reference = :k_reference;

UPDATE purchase_order SET supplier=:v_supplier, placed=:v_placed, placed_by=:v_placed_by, due=:v_due,
pieces=:v_pieces, cost_fen=:v_cost_fen WHERE purchase_order.reference = :k_reference;
