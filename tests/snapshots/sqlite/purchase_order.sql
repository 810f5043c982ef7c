DELETE FROM purchase_order;

INSERT INTO purchase_order (reference, closed, reason) VALUES (?, ?, ?);

INSERT INTO purchase_order (reference, supplier, placed, placed_by, due, pieces, cost_fen) VALUES (?, ?, ?, ?,
?, ?, ?);

SELECT purchase_order.reference, purchase_order.supplier, purchase_order.placed AS placed,
purchase_order.placed_by, purchase_order.due AS due, purchase_order.pieces, purchase_order.cost_fen,
purchase_order.closed AS closed, purchase_order.reason FROM purchase_order;

UPDATE purchase_order SET closed=?, reason=? WHERE purchase_order.reference = ?;

UPDATE purchase_order SET supplier=?, placed=?, placed_by=?, due=?, pieces=?, cost_fen=? WHERE
purchase_order.reference = ?;
