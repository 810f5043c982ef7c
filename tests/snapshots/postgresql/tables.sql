CREATE TABLE about (
    name VARCHAR(60) NOT NULL,
    value VARCHAR(200) NOT NULL,
    CONSTRAINT pk_about PRIMARY KEY (name)
);

CREATE TABLE calibration (
    seq BIGINT NOT NULL,
    device VARCHAR(200) NOT NULL,
    quantity VARCHAR(60) NOT NULL,
    unit VARCHAR(60) NOT NULL,
    value_before DOUBLE PRECISION,
    value_after DOUBLE PRECISION NOT NULL,
    reference DOUBLE PRECISION NOT NULL,
    tolerance DOUBLE PRECISION NOT NULL,
    passed SMALLINT NOT NULL,
    person VARCHAR(200) NOT NULL,
    at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_calibration PRIMARY KEY (seq)
);

CREATE INDEX ix_calibration_device ON calibration (device);

CREATE TABLE correction (
    seq BIGINT NOT NULL,
    corrected VARCHAR(200) NOT NULL,
    reason VARCHAR(2000) NOT NULL,
    truth VARCHAR(2000) NOT NULL,
    actor VARCHAR(200) NOT NULL,
    at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_correction PRIMARY KEY (seq)
);

CREATE INDEX ix_correction_corrected ON correction (corrected);

CREATE TABLE delivery (
    reference VARCHAR(200) NOT NULL,
    order_number VARCHAR(200),
    supplier VARCHAR(200) NOT NULL,
    announced VARCHAR(27) NOT NULL,
    lines BIGINT NOT NULL,
    pieces BIGINT NOT NULL,
    cost_fen BIGINT NOT NULL,
    state VARCHAR(60) NOT NULL,
    signed VARCHAR(27),
    signed_by VARCHAR(200),
    accepted_pieces BIGINT,
    rejected_pieces BIGINT,
    CONSTRAINT pk_delivery PRIMARY KEY (reference)
);

CREATE TABLE drill (
    reference VARCHAR(200) NOT NULL,
    drill VARCHAR(60) NOT NULL,
    leader VARCHAR(200) NOT NULL,
    planned VARCHAR(10) NOT NULL,
    began VARCHAR(27),
    ended VARCHAR(27),
    scenario VARCHAR(200),
    verdict VARCHAR(60),
    result_sha256 VARCHAR(64),
    cancelled VARCHAR(2000),
    CONSTRAINT pk_drill PRIMARY KEY (reference)
);

CREATE TABLE entry (
    seq BIGINT NOT NULL,
    op VARCHAR(200) NOT NULL,
    kind VARCHAR(60) NOT NULL,
    subject VARCHAR(200) NOT NULL,
    actor VARCHAR(200) NOT NULL,
    role VARCHAR(60) NOT NULL,
    at VARCHAR(27) NOT NULL,
    body TEXT NOT NULL,
    hash VARCHAR(64) NOT NULL,
    CONSTRAINT pk_entry PRIMARY KEY (seq),
    CONSTRAINT uq_entry_op UNIQUE (op)
);

CREATE INDEX ix_entry_kind ON entry (kind);

CREATE TABLE head (
    id SMALLINT NOT NULL,
    seq BIGINT NOT NULL,
    hash VARCHAR(64) NOT NULL,
    CONSTRAINT pk_head PRIMARY KEY (id)
);

CREATE TABLE incident (
    reference VARCHAR(200) NOT NULL,
    device VARCHAR(200) NOT NULL,
    place VARCHAR(200),
    symptom VARCHAR(60),
    severity VARCHAR(60) NOT NULL,
    state VARCHAR(60) NOT NULL,
    drill SMALLINT,
    occurred VARCHAR(27),
    reported VARCHAR(27),
    detected VARCHAR(27),
    recorded VARCHAR(27) NOT NULL,
    deadline VARCHAR(27),
    acknowledged VARCHAR(27),
    on_site VARCHAR(27),
    diagnosed VARCHAR(27),
    restored VARCHAR(27),
    closed VARCHAR(27),
    found VARCHAR(2000),
    part VARCHAR(200),
    CONSTRAINT pk_incident PRIMARY KEY (reference)
);

CREATE TABLE inspection_finding (
    reference VARCHAR(200) NOT NULL,
    round VARCHAR(200) NOT NULL,
    item VARCHAR(200),
    what VARCHAR(2000) NOT NULL,
    severity VARCHAR(60) NOT NULL,
    measure VARCHAR(2000) NOT NULL,
    person VARCHAR(200) NOT NULL,
    due_on VARCHAR(10) NOT NULL,
    found_by VARCHAR(200) NOT NULL,
    found VARCHAR(27) NOT NULL,
    done VARCHAR(2000),
    closed_by VARCHAR(200),
    closed VARCHAR(27),
    CONSTRAINT pk_inspection_finding PRIMARY KEY (reference)
);

CREATE INDEX ix_inspection_finding_round ON inspection_finding (round);

CREATE TABLE inspection_reading (
    seq BIGINT NOT NULL,
    round VARCHAR(200) NOT NULL,
    item VARCHAR(200) NOT NULL,
    state VARCHAR(60) NOT NULL,
    reading DOUBLE PRECISION,
    limit_value DOUBLE PRECISION,
    unit VARCHAR(60),
    answer VARCHAR(60),
    words VARCHAR(2000),
    person VARCHAR(200) NOT NULL,
    at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_inspection_reading PRIMARY KEY (seq)
);

CREATE INDEX ix_inspection_reading_item ON inspection_reading (item);

CREATE INDEX ix_inspection_reading_round ON inspection_reading (round);

CREATE TABLE inspection_round (
    reference VARCHAR(200) NOT NULL,
    for_month VARCHAR(60) NOT NULL,
    reason VARCHAR(2000),
    person VARCHAR(200) NOT NULL,
    began VARCHAR(27) NOT NULL,
    finished VARCHAR(27),
    good BIGINT,
    warned BIGINT,
    critical BIGINT,
    unknown BIGINT,
    skipped BIGINT,
    findings BIGINT,
    CONSTRAINT pk_inspection_round PRIMARY KEY (reference)
);

CREATE TABLE maintenance (
    seq BIGINT NOT NULL,
    device VARCHAR(200) NOT NULL,
    task VARCHAR(60) NOT NULL,
    note VARCHAR(2000),
    duration_s DOUBLE PRECISION NOT NULL,
    person VARCHAR(200) NOT NULL,
    at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_maintenance PRIMARY KEY (seq)
);

CREATE INDEX ix_maintenance_device ON maintenance (device);

CREATE TABLE part (
    device VARCHAR(200) NOT NULL,
    part VARCHAR(200) NOT NULL,
    serial VARCHAR(200) NOT NULL,
    lot VARCHAR(200),
    old_serial VARCHAR(200),
    counter VARCHAR(60),
    wear_at DOUBLE PRECISION,
    person VARCHAR(200) NOT NULL,
    at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_part PRIMARY KEY (device, part)
);

CREATE TABLE purchase_order (
    reference VARCHAR(200) NOT NULL,
    supplier VARCHAR(200) NOT NULL,
    placed VARCHAR(27) NOT NULL,
    placed_by VARCHAR(200) NOT NULL,
    due VARCHAR(27),
    pieces BIGINT NOT NULL,
    cost_fen BIGINT NOT NULL,
    closed VARCHAR(27),
    reason VARCHAR(2000),
    CONSTRAINT pk_purchase_order PRIMARY KEY (reference)
);

CREATE TABLE sheet (
    reference VARCHAR(200) NOT NULL,
    register VARCHAR(60) NOT NULL,
    state VARCHAR(60) NOT NULL,
    opened VARCHAR(27) NOT NULL,
    opened_by VARCHAR(200) NOT NULL,
    changed VARCHAR(27) NOT NULL,
    changed_by VARCHAR(200) NOT NULL,
    CONSTRAINT pk_sheet PRIMARY KEY (reference)
);

CREATE INDEX ix_sheet_register ON sheet (register);

CREATE TABLE shortage (
    seq BIGINT NOT NULL,
    item VARCHAR(200) NOT NULL,
    incident VARCHAR(200),
    device VARCHAR(200) NOT NULL,
    at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_shortage PRIMARY KEY (seq)
);

CREATE INDEX ix_shortage_item ON shortage (item);

CREATE TABLE slot_filling (
    device VARCHAR(200) NOT NULL,
    slot VARCHAR(30) NOT NULL,
    lot VARCHAR(200) NOT NULL,
    item VARCHAR(200) NOT NULL,
    put_in BIGINT NOT NULL,
    taken_out BIGINT NOT NULL,
    last VARCHAR(27) NOT NULL,
    CONSTRAINT pk_slot_filling PRIMARY KEY (device, slot, lot)
);

CREATE TABLE spare (
    reference VARCHAR(200) NOT NULL,
    item VARCHAR(200) NOT NULL,
    lot VARCHAR(200) NOT NULL,
    incident VARCHAR(200),
    device VARCHAR(200) NOT NULL,
    state VARCHAR(60) NOT NULL,
    serial VARCHAR(200),
    old_serial VARCHAR(200),
    condition_of_old VARCHAR(2000),
    old_went_to VARCHAR(60),
    reason VARCHAR(2000),
    issued_by VARCHAR(200) NOT NULL,
    issued VARCHAR(27) NOT NULL,
    fitted VARCHAR(27),
    returned VARCHAR(27),
    signed VARCHAR(27),
    signed_by VARCHAR(200),
    CONSTRAINT pk_spare PRIMARY KEY (reference)
);

CREATE INDEX ix_spare_item ON spare (item);

CREATE TABLE stock_lot (
    item VARCHAR(200) NOT NULL,
    lot VARCHAR(200) NOT NULL,
    expires VARCHAR(10),
    unit_cost_fen BIGINT NOT NULL,
    on_hand BIGINT NOT NULL,
    received BIGINT NOT NULL,
    issued BIGINT NOT NULL,
    returned BIGINT NOT NULL,
    scrapped BIGINT NOT NULL,
    corrected BIGINT NOT NULL,
    CONSTRAINT pk_stock_lot PRIMARY KEY (item, lot)
);

CREATE TABLE task (
    reference VARCHAR(200) NOT NULL,
    duty VARCHAR(60) NOT NULL,
    device VARCHAR(200),
    slot VARCHAR(60),
    item VARCHAR(200),
    quantity BIGINT,
    why VARCHAR(2000),
    state VARCHAR(60) NOT NULL,
    opened VARCHAR(27) NOT NULL,
    ended VARCHAR(27),
    ended_by VARCHAR(200),
    reason VARCHAR(2000),
    CONSTRAINT pk_task PRIMARY KEY (reference)
);

CREATE TABLE training (
    reference VARCHAR(200) NOT NULL,
    person VARCHAR(200) NOT NULL,
    topic VARCHAR(60) NOT NULL,
    trainer VARCHAR(200) NOT NULL,
    planned VARCHAR(10),
    held_on VARCHAR(10),
    outcome VARCHAR(60),
    result VARCHAR(2000),
    assessor VARCHAR(200),
    valid_until VARCHAR(10),
    CONSTRAINT pk_training PRIMARY KEY (reference)
);

CREATE INDEX ix_training_person ON training (person);

CREATE TABLE wear_reading (
    seq BIGINT NOT NULL,
    device VARCHAR(200) NOT NULL,
    counter VARCHAR(60) NOT NULL,
    reading DOUBLE PRECISION NOT NULL,
    unit VARCHAR(60) NOT NULL,
    at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_wear_reading PRIMARY KEY (seq)
);

CREATE INDEX ix_wear_reading_device ON wear_reading (device);
