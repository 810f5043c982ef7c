DELETE FROM delivery;

INSERT INTO delivery (reference, order_number, supplier, announced, lines, pieces, cost_fen, state) VALUES (?,
?, ?, ?, ?, ?, ?, ?);

INSERT INTO delivery (reference, state, signed, signed_by, accepted_pieces, rejected_pieces) VALUES (?, ?, ?,
?, ?, ?);

SELECT delivery.reference, delivery.order_number, delivery.supplier, delivery.announced AS announced,
delivery.lines, delivery.pieces, delivery.cost_fen, delivery.state, delivery.signed AS signed,
delivery.signed_by, delivery.accepted_pieces, delivery.rejected_pieces FROM delivery;

UPDATE delivery SET order_number=?, supplier=?, announced=?, lines=?, pieces=?, cost_fen=?, state=? WHERE
delivery.reference = ?;

UPDATE delivery SET state=?, signed=?, signed_by=?, accepted_pieces=?, rejected_pieces=? WHERE
delivery.reference = ?;
