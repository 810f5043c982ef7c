DELETE FROM delivery;

INSERT INTO delivery (reference, order_number, supplier, announced, lines, pieces, cost_fen, state) VALUES
(:reference, :order_number, :supplier, :announced, :lines, :pieces, :cost_fen, :state);

INSERT INTO delivery (reference, state, signed, signed_by, accepted_pieces, rejected_pieces) VALUES
(:reference, :state, :signed, :signed_by, :accepted_pieces, :rejected_pieces);

SELECT delivery.reference, delivery.order_number, delivery.supplier, delivery.announced AS announced,
delivery.lines, delivery.pieces, delivery.cost_fen, delivery.state, delivery.signed AS signed,
delivery.signed_by, delivery.accepted_pieces, delivery.rejected_pieces FROM delivery;

UPDATE delivery SET order_number=:v_order_number, supplier=:v_supplier, announced=:v_announced,
lines=:v_lines, pieces=:v_pieces, cost_fen=:v_cost_fen, state=:v_state WHERE delivery.reference = :k_reference;

UPDATE delivery SET state=:v_state, signed=:v_signed, signed_by=:v_signed_by,
accepted_pieces=:v_accepted_pieces, rejected_pieces=:v_rejected_pieces WHERE delivery.reference = :k_reference;
