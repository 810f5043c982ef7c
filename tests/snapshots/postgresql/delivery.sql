DELETE FROM delivery;

INSERT INTO delivery (reference, order_number, supplier, announced, lines, pieces, cost_fen, state) VALUES
(%s::VARCHAR, %s::VARCHAR, %s::VARCHAR, %s::VARCHAR, %s::BIGINT, %s::BIGINT, %s::BIGINT, %s::VARCHAR);

INSERT INTO delivery (reference, state, signed, signed_by, accepted_pieces, rejected_pieces) VALUES
(%s::VARCHAR, %s::VARCHAR, %s::VARCHAR, %s::VARCHAR, %s::BIGINT, %s::BIGINT);

SELECT delivery.reference, delivery.order_number, delivery.supplier, delivery.announced AS announced,
delivery.lines, delivery.pieces, delivery.cost_fen, delivery.state, delivery.signed AS signed,
delivery.signed_by, delivery.accepted_pieces, delivery.rejected_pieces FROM delivery;

UPDATE delivery SET order_number=%s::VARCHAR, supplier=%s::VARCHAR, announced=%s::VARCHAR, lines=%s::BIGINT,
pieces=%s::BIGINT, cost_fen=%s::BIGINT, state=%s::VARCHAR WHERE delivery.reference = %s::VARCHAR;

UPDATE delivery SET state=%s::VARCHAR, signed=%s::VARCHAR, signed_by=%s::VARCHAR, accepted_pieces=%s::BIGINT,
rejected_pieces=%s::BIGINT WHERE delivery.reference = %s::VARCHAR;
