DELETE FROM purchase_order;

INSERT INTO purchase_order (reference, closed, reason) VALUES (%s::VARCHAR, %s::VARCHAR, %s::VARCHAR);

INSERT INTO purchase_order (reference, supplier, placed, placed_by, due, pieces, cost_fen) VALUES
(%s::VARCHAR, %s::VARCHAR, %s::VARCHAR, %s::VARCHAR, %s::VARCHAR, %s::BIGINT, %s::BIGINT);

SELECT purchase_order.reference, purchase_order.supplier, purchase_order.placed AS placed,
purchase_order.placed_by, purchase_order.due AS due, purchase_order.pieces, purchase_order.cost_fen,
purchase_order.closed AS closed, purchase_order.reason FROM purchase_order;

UPDATE purchase_order SET closed=%s::VARCHAR, reason=%s::VARCHAR WHERE purchase_order.reference = %s::VARCHAR;

UPDATE purchase_order SET supplier=%s::VARCHAR, placed=%s::VARCHAR, placed_by=%s::VARCHAR, due=%s::VARCHAR,
pieces=%s::BIGINT, cost_fen=%s::BIGINT WHERE purchase_order.reference = %s::VARCHAR;
