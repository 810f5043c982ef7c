CREATE TABLE about (
    name NVARCHAR(60) COLLATE Latin1_General_100_BIN2 NOT NULL,
    value NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT pk_about PRIMARY KEY (name)
);

CREATE TABLE calibration (
    seq BIGINT NOT NULL,
    device NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    quantity NVARCHAR(60) COLLATE Latin1_General_100_BIN2 NOT NULL,
    unit NVARCHAR(60) COLLATE Latin1_General_100_BIN2 NOT NULL,
    value_before DOUBLE PRECISION NULL,
    value_after DOUBLE PRECISION NOT NULL,
    reference DOUBLE PRECISION NOT NULL,
    tolerance DOUBLE PRECISION NOT NULL,
    passed SMALLINT NOT NULL,
    person NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_calibration PRIMARY KEY (seq)
);

CREATE INDEX ix_calibration_device ON calibration (device);

CREATE TABLE correction (
    seq BIGINT NOT NULL,
    corrected NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    reason NVARCHAR(2000) NOT NULL,
    truth NVARCHAR(2000) NOT NULL,
    actor NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_correction PRIMARY KEY (seq)
);

CREATE INDEX ix_correction_corrected ON correction (corrected);

CREATE TABLE delivery (
    reference NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    order_number NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NULL,
    supplier NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    announced VARCHAR(27) NOT NULL,
    lines BIGINT NOT NULL,
    pieces BIGINT NOT NULL,
    cost_fen BIGINT NOT NULL,
    state NVARCHAR(60) COLLATE Latin1_General_100_BIN2 NOT NULL,
    signed VARCHAR(27) NULL,
    signed_by NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NULL,
    accepted_pieces BIGINT NULL,
    rejected_pieces BIGINT NULL,
    CONSTRAINT pk_delivery PRIMARY KEY (reference)
);

CREATE TABLE drill (
    reference NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    drill NVARCHAR(60) COLLATE Latin1_General_100_BIN2 NOT NULL,
    leader NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    planned VARCHAR(10) NOT NULL,
    began VARCHAR(27) NULL,
    ended VARCHAR(27) NULL,
    scenario NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NULL,
    verdict NVARCHAR(60) COLLATE Latin1_General_100_BIN2 NULL,
    result_sha256 VARCHAR(64) NULL,
    cancelled NVARCHAR(2000) NULL,
    CONSTRAINT pk_drill PRIMARY KEY (reference)
);

CREATE TABLE entry (
    seq BIGINT NOT NULL,
    op NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    kind NVARCHAR(60) COLLATE Latin1_General_100_BIN2 NOT NULL,
    subject NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    actor NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    role NVARCHAR(60) COLLATE Latin1_General_100_BIN2 NOT NULL,
    at VARCHAR(27) NOT NULL,
    body NVARCHAR(max) NOT NULL,
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
    reference NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    device NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    place NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NULL,
    symptom NVARCHAR(60) COLLATE Latin1_General_100_BIN2 NULL,
    severity NVARCHAR(60) COLLATE Latin1_General_100_BIN2 NOT NULL,
    state NVARCHAR(60) COLLATE Latin1_General_100_BIN2 NOT NULL,
    drill SMALLINT NULL,
    occurred VARCHAR(27) NULL,
    reported VARCHAR(27) NULL,
    detected VARCHAR(27) NULL,
    recorded VARCHAR(27) NOT NULL,
    deadline VARCHAR(27) NULL,
    acknowledged VARCHAR(27) NULL,
    on_site VARCHAR(27) NULL,
    diagnosed VARCHAR(27) NULL,
    restored VARCHAR(27) NULL,
    closed VARCHAR(27) NULL,
    found NVARCHAR(2000) NULL,
    part NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NULL,
    CONSTRAINT pk_incident PRIMARY KEY (reference)
);

CREATE TABLE inspection_finding (
    reference NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    round NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    item NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NULL,
    what NVARCHAR(2000) NOT NULL,
    severity NVARCHAR(60) COLLATE Latin1_General_100_BIN2 NOT NULL,
    measure NVARCHAR(2000) NOT NULL,
    person NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    due_on VARCHAR(10) NOT NULL,
    found_by NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    found VARCHAR(27) NOT NULL,
    done NVARCHAR(2000) NULL,
    closed_by NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NULL,
    closed VARCHAR(27) NULL,
    CONSTRAINT pk_inspection_finding PRIMARY KEY (reference)
);

CREATE INDEX ix_inspection_finding_round ON inspection_finding (round);

CREATE TABLE inspection_reading (
    seq BIGINT NOT NULL,
    round NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    item NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    state NVARCHAR(60) COLLATE Latin1_General_100_BIN2 NOT NULL,
    reading DOUBLE PRECISION NULL,
    limit_value DOUBLE PRECISION NULL,
    unit NVARCHAR(60) COLLATE Latin1_General_100_BIN2 NULL,
    answer NVARCHAR(60) COLLATE Latin1_General_100_BIN2 NULL,
    words NVARCHAR(2000) NULL,
    person NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_inspection_reading PRIMARY KEY (seq)
);

CREATE INDEX ix_inspection_reading_item ON inspection_reading (item);

CREATE INDEX ix_inspection_reading_round ON inspection_reading (round);

CREATE TABLE inspection_round (
    reference NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    for_month NVARCHAR(60) COLLATE Latin1_General_100_BIN2 NOT NULL,
    reason NVARCHAR(2000) NULL,
    person NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    began VARCHAR(27) NOT NULL,
    finished VARCHAR(27) NULL,
    good BIGINT NULL,
    warned BIGINT NULL,
    critical BIGINT NULL,
    unknown BIGINT NULL,
    skipped BIGINT NULL,
    findings BIGINT NULL,
    CONSTRAINT pk_inspection_round PRIMARY KEY (reference)
);

CREATE TABLE maintenance (
    seq BIGINT NOT NULL,
    device NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    task NVARCHAR(60) COLLATE Latin1_General_100_BIN2 NOT NULL,
    note NVARCHAR(2000) NULL,
    duration_s DOUBLE PRECISION NOT NULL,
    person NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_maintenance PRIMARY KEY (seq)
);

CREATE INDEX ix_maintenance_device ON maintenance (device);

CREATE TABLE part (
    device NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    part NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    serial NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    lot NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NULL,
    old_serial NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NULL,
    counter NVARCHAR(60) COLLATE Latin1_General_100_BIN2 NULL,
    wear_at DOUBLE PRECISION NULL,
    person NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_part PRIMARY KEY (device, part)
);

CREATE TABLE purchase_order (
    reference NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    supplier NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    placed VARCHAR(27) NOT NULL,
    placed_by NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    due VARCHAR(27) NULL,
    pieces BIGINT NOT NULL,
    cost_fen BIGINT NOT NULL,
    closed VARCHAR(27) NULL,
    reason NVARCHAR(2000) NULL,
    CONSTRAINT pk_purchase_order PRIMARY KEY (reference)
);

CREATE TABLE sheet (
    reference NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    register NVARCHAR(60) COLLATE Latin1_General_100_BIN2 NOT NULL,
    state NVARCHAR(60) COLLATE Latin1_General_100_BIN2 NOT NULL,
    opened VARCHAR(27) NOT NULL,
    opened_by NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    changed VARCHAR(27) NOT NULL,
    changed_by NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT pk_sheet PRIMARY KEY (reference)
);

CREATE INDEX ix_sheet_register ON sheet (register);

CREATE TABLE shortage (
    seq BIGINT NOT NULL,
    item NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    incident NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NULL,
    device NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_shortage PRIMARY KEY (seq)
);

CREATE INDEX ix_shortage_item ON shortage (item);

CREATE TABLE slot_filling (
    device NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    slot NVARCHAR(30) COLLATE Latin1_General_100_BIN2 NOT NULL,
    lot NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    item NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    put_in BIGINT NOT NULL,
    taken_out BIGINT NOT NULL,
    last VARCHAR(27) NOT NULL,
    CONSTRAINT pk_slot_filling PRIMARY KEY (device, slot, lot)
);

CREATE TABLE spare (
    reference NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    item NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    lot NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    incident NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NULL,
    device NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    state NVARCHAR(60) COLLATE Latin1_General_100_BIN2 NOT NULL,
    serial NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NULL,
    old_serial NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NULL,
    condition_of_old NVARCHAR(2000) NULL,
    old_went_to NVARCHAR(60) COLLATE Latin1_General_100_BIN2 NULL,
    reason NVARCHAR(2000) NULL,
    issued_by NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    issued VARCHAR(27) NOT NULL,
    fitted VARCHAR(27) NULL,
    returned VARCHAR(27) NULL,
    signed VARCHAR(27) NULL,
    signed_by NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NULL,
    CONSTRAINT pk_spare PRIMARY KEY (reference)
);

CREATE INDEX ix_spare_item ON spare (item);

CREATE TABLE stock_lot (
    item NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    lot NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    expires VARCHAR(10) NULL,
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
    reference NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    duty NVARCHAR(60) COLLATE Latin1_General_100_BIN2 NOT NULL,
    device NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NULL,
    slot NVARCHAR(60) COLLATE Latin1_General_100_BIN2 NULL,
    item NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NULL,
    quantity BIGINT NULL,
    why NVARCHAR(2000) NULL,
    state NVARCHAR(60) COLLATE Latin1_General_100_BIN2 NOT NULL,
    opened VARCHAR(27) NOT NULL,
    ended VARCHAR(27) NULL,
    ended_by NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NULL,
    reason NVARCHAR(2000) NULL,
    CONSTRAINT pk_task PRIMARY KEY (reference)
);

CREATE TABLE training (
    reference NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    person NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    topic NVARCHAR(60) COLLATE Latin1_General_100_BIN2 NOT NULL,
    trainer NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    planned VARCHAR(10) NULL,
    held_on VARCHAR(10) NULL,
    outcome NVARCHAR(60) COLLATE Latin1_General_100_BIN2 NULL,
    result NVARCHAR(2000) NULL,
    assessor NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NULL,
    valid_until VARCHAR(10) NULL,
    CONSTRAINT pk_training PRIMARY KEY (reference)
);

CREATE INDEX ix_training_person ON training (person);

CREATE TABLE wear_reading (
    seq BIGINT NOT NULL,
    device NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    counter NVARCHAR(60) COLLATE Latin1_General_100_BIN2 NOT NULL,
    reading DOUBLE PRECISION NOT NULL,
    unit NVARCHAR(60) COLLATE Latin1_General_100_BIN2 NOT NULL,
    at VARCHAR(27) NOT NULL,
    CONSTRAINT pk_wear_reading PRIMARY KEY (seq)
);

CREATE INDEX ix_wear_reading_device ON wear_reading (device);
