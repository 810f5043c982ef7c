CREATE TABLE about (
    name NVARCHAR2(60) NOT NULL,
    value NVARCHAR2(200) NOT NULL,
    CONSTRAINT pk_about PRIMARY KEY (name)
);

CREATE TABLE calibration (
    seq NUMBER(19) NOT NULL,
    device NVARCHAR2(200) NOT NULL,
    quantity NVARCHAR2(60) NOT NULL,
    unit NVARCHAR2(60) NOT NULL,
    value_before DOUBLE PRECISION,
    value_after DOUBLE PRECISION NOT NULL,
    reference DOUBLE PRECISION NOT NULL,
    tolerance DOUBLE PRECISION NOT NULL,
    passed SMALLINT NOT NULL,
    person NVARCHAR2(200) NOT NULL,
    at VARCHAR2(27 CHAR) NOT NULL,
    CONSTRAINT pk_calibration PRIMARY KEY (seq)
);

CREATE INDEX ix_calibration_device ON calibration (device);

CREATE TABLE correction (
    seq NUMBER(19) NOT NULL,
    corrected NVARCHAR2(200) NOT NULL,
    reason NVARCHAR2(2000) NOT NULL,
    truth NVARCHAR2(2000) NOT NULL,
    actor NVARCHAR2(200) NOT NULL,
    at VARCHAR2(27 CHAR) NOT NULL,
    CONSTRAINT pk_correction PRIMARY KEY (seq)
);

CREATE INDEX ix_correction_corrected ON correction (corrected);

CREATE TABLE delivery (
    reference NVARCHAR2(200) NOT NULL,
    order_number NVARCHAR2(200),
    supplier NVARCHAR2(200) NOT NULL,
    announced VARCHAR2(27 CHAR) NOT NULL,
    lines NUMBER(19) NOT NULL,
    pieces NUMBER(19) NOT NULL,
    cost_fen NUMBER(19) NOT NULL,
    state NVARCHAR2(60) NOT NULL,
    signed VARCHAR2(27 CHAR),
    signed_by NVARCHAR2(200),
    accepted_pieces NUMBER(19),
    rejected_pieces NUMBER(19),
    CONSTRAINT pk_delivery PRIMARY KEY (reference)
);

CREATE TABLE drill (
    reference NVARCHAR2(200) NOT NULL,
    drill NVARCHAR2(60) NOT NULL,
    leader NVARCHAR2(200) NOT NULL,
    planned VARCHAR2(10 CHAR) NOT NULL,
    began VARCHAR2(27 CHAR),
    ended VARCHAR2(27 CHAR),
    scenario NVARCHAR2(200),
    verdict NVARCHAR2(60),
    result_sha256 VARCHAR2(64 CHAR),
    cancelled NVARCHAR2(2000),
    CONSTRAINT pk_drill PRIMARY KEY (reference)
);

CREATE TABLE entry (
    seq NUMBER(19) NOT NULL,
    op NVARCHAR2(200) NOT NULL,
    kind NVARCHAR2(60) NOT NULL,
    subject NVARCHAR2(200) NOT NULL,
    actor NVARCHAR2(200) NOT NULL,
    role NVARCHAR2(60) NOT NULL,
    at VARCHAR2(27 CHAR) NOT NULL,
    body NCLOB NOT NULL,
    hash VARCHAR2(64 CHAR) NOT NULL,
    CONSTRAINT pk_entry PRIMARY KEY (seq),
    CONSTRAINT uq_entry_op UNIQUE (op)
);

CREATE INDEX ix_entry_kind ON entry (kind);

CREATE TABLE head (
    id SMALLINT NOT NULL,
    seq NUMBER(19) NOT NULL,
    hash VARCHAR2(64 CHAR) NOT NULL,
    CONSTRAINT pk_head PRIMARY KEY (id)
);

CREATE TABLE incident (
    reference NVARCHAR2(200) NOT NULL,
    device NVARCHAR2(200) NOT NULL,
    place NVARCHAR2(200),
    symptom NVARCHAR2(60),
    severity NVARCHAR2(60) NOT NULL,
    state NVARCHAR2(60) NOT NULL,
    drill SMALLINT,
    occurred VARCHAR2(27 CHAR),
    reported VARCHAR2(27 CHAR),
    detected VARCHAR2(27 CHAR),
    recorded VARCHAR2(27 CHAR) NOT NULL,
    deadline VARCHAR2(27 CHAR),
    acknowledged VARCHAR2(27 CHAR),
    on_site VARCHAR2(27 CHAR),
    diagnosed VARCHAR2(27 CHAR),
    restored VARCHAR2(27 CHAR),
    closed VARCHAR2(27 CHAR),
    found NVARCHAR2(2000),
    part NVARCHAR2(200),
    CONSTRAINT pk_incident PRIMARY KEY (reference)
);

CREATE TABLE inspection_finding (
    reference NVARCHAR2(200) NOT NULL,
    round NVARCHAR2(200) NOT NULL,
    item NVARCHAR2(200),
    what NVARCHAR2(2000) NOT NULL,
    severity NVARCHAR2(60) NOT NULL,
    measure NVARCHAR2(2000) NOT NULL,
    person NVARCHAR2(200) NOT NULL,
    due_on VARCHAR2(10 CHAR) NOT NULL,
    found_by NVARCHAR2(200) NOT NULL,
    found VARCHAR2(27 CHAR) NOT NULL,
    done NVARCHAR2(2000),
    closed_by NVARCHAR2(200),
    closed VARCHAR2(27 CHAR),
    CONSTRAINT pk_inspection_finding PRIMARY KEY (reference)
);

CREATE INDEX ix_inspection_finding_round ON inspection_finding (round);

CREATE TABLE inspection_reading (
    seq NUMBER(19) NOT NULL,
    round NVARCHAR2(200) NOT NULL,
    item NVARCHAR2(200) NOT NULL,
    state NVARCHAR2(60) NOT NULL,
    reading DOUBLE PRECISION,
    limit_value DOUBLE PRECISION,
    unit NVARCHAR2(60),
    answer NVARCHAR2(60),
    words NVARCHAR2(2000),
    person NVARCHAR2(200) NOT NULL,
    at VARCHAR2(27 CHAR) NOT NULL,
    CONSTRAINT pk_inspection_reading PRIMARY KEY (seq)
);

CREATE INDEX ix_inspection_reading_item ON inspection_reading (item);

CREATE INDEX ix_inspection_reading_round ON inspection_reading (round);

CREATE TABLE inspection_round (
    reference NVARCHAR2(200) NOT NULL,
    for_month NVARCHAR2(60) NOT NULL,
    reason NVARCHAR2(2000),
    person NVARCHAR2(200) NOT NULL,
    began VARCHAR2(27 CHAR) NOT NULL,
    finished VARCHAR2(27 CHAR),
    good NUMBER(19),
    warned NUMBER(19),
    critical NUMBER(19),
    unknown NUMBER(19),
    skipped NUMBER(19),
    findings NUMBER(19),
    CONSTRAINT pk_inspection_round PRIMARY KEY (reference)
);

CREATE TABLE maintenance (
    seq NUMBER(19) NOT NULL,
    device NVARCHAR2(200) NOT NULL,
    task NVARCHAR2(60) NOT NULL,
    note NVARCHAR2(2000),
    duration_s DOUBLE PRECISION NOT NULL,
    person NVARCHAR2(200) NOT NULL,
    at VARCHAR2(27 CHAR) NOT NULL,
    CONSTRAINT pk_maintenance PRIMARY KEY (seq)
);

CREATE INDEX ix_maintenance_device ON maintenance (device);

CREATE TABLE part (
    device NVARCHAR2(200) NOT NULL,
    part NVARCHAR2(200) NOT NULL,
    serial NVARCHAR2(200) NOT NULL,
    lot NVARCHAR2(200),
    old_serial NVARCHAR2(200),
    counter NVARCHAR2(60),
    wear_at DOUBLE PRECISION,
    person NVARCHAR2(200) NOT NULL,
    at VARCHAR2(27 CHAR) NOT NULL,
    CONSTRAINT pk_part PRIMARY KEY (device, part)
);

CREATE TABLE purchase_order (
    reference NVARCHAR2(200) NOT NULL,
    supplier NVARCHAR2(200) NOT NULL,
    placed VARCHAR2(27 CHAR) NOT NULL,
    placed_by NVARCHAR2(200) NOT NULL,
    due VARCHAR2(27 CHAR),
    pieces NUMBER(19) NOT NULL,
    cost_fen NUMBER(19) NOT NULL,
    closed VARCHAR2(27 CHAR),
    reason NVARCHAR2(2000),
    CONSTRAINT pk_purchase_order PRIMARY KEY (reference)
);

CREATE TABLE sheet (
    reference NVARCHAR2(200) NOT NULL,
    register NVARCHAR2(60) NOT NULL,
    state NVARCHAR2(60) NOT NULL,
    opened VARCHAR2(27 CHAR) NOT NULL,
    opened_by NVARCHAR2(200) NOT NULL,
    changed VARCHAR2(27 CHAR) NOT NULL,
    changed_by NVARCHAR2(200) NOT NULL,
    CONSTRAINT pk_sheet PRIMARY KEY (reference)
);

CREATE INDEX ix_sheet_register ON sheet (register);

CREATE TABLE shortage (
    seq NUMBER(19) NOT NULL,
    item NVARCHAR2(200) NOT NULL,
    incident NVARCHAR2(200),
    device NVARCHAR2(200) NOT NULL,
    at VARCHAR2(27 CHAR) NOT NULL,
    CONSTRAINT pk_shortage PRIMARY KEY (seq)
);

CREATE INDEX ix_shortage_item ON shortage (item);

CREATE TABLE slot_filling (
    device NVARCHAR2(200) NOT NULL,
    slot NVARCHAR2(30) NOT NULL,
    lot NVARCHAR2(200) NOT NULL,
    item NVARCHAR2(200) NOT NULL,
    put_in NUMBER(19) NOT NULL,
    taken_out NUMBER(19) NOT NULL,
    last VARCHAR2(27 CHAR) NOT NULL,
    CONSTRAINT pk_slot_filling PRIMARY KEY (device, slot, lot)
);

CREATE TABLE spare (
    reference NVARCHAR2(200) NOT NULL,
    item NVARCHAR2(200) NOT NULL,
    lot NVARCHAR2(200) NOT NULL,
    incident NVARCHAR2(200),
    device NVARCHAR2(200) NOT NULL,
    state NVARCHAR2(60) NOT NULL,
    serial NVARCHAR2(200),
    old_serial NVARCHAR2(200),
    condition_of_old NVARCHAR2(2000),
    old_went_to NVARCHAR2(60),
    reason NVARCHAR2(2000),
    issued_by NVARCHAR2(200) NOT NULL,
    issued VARCHAR2(27 CHAR) NOT NULL,
    fitted VARCHAR2(27 CHAR),
    returned VARCHAR2(27 CHAR),
    signed VARCHAR2(27 CHAR),
    signed_by NVARCHAR2(200),
    CONSTRAINT pk_spare PRIMARY KEY (reference)
);

CREATE INDEX ix_spare_item ON spare (item);

CREATE TABLE stock_lot (
    item NVARCHAR2(200) NOT NULL,
    lot NVARCHAR2(200) NOT NULL,
    expires VARCHAR2(10 CHAR),
    unit_cost_fen NUMBER(19) NOT NULL,
    on_hand NUMBER(19) NOT NULL,
    received NUMBER(19) NOT NULL,
    issued NUMBER(19) NOT NULL,
    returned NUMBER(19) NOT NULL,
    scrapped NUMBER(19) NOT NULL,
    corrected NUMBER(19) NOT NULL,
    CONSTRAINT pk_stock_lot PRIMARY KEY (item, lot)
);

CREATE TABLE task (
    reference NVARCHAR2(200) NOT NULL,
    duty NVARCHAR2(60) NOT NULL,
    device NVARCHAR2(200),
    slot NVARCHAR2(60),
    item NVARCHAR2(200),
    quantity NUMBER(19),
    why NVARCHAR2(2000),
    state NVARCHAR2(60) NOT NULL,
    opened VARCHAR2(27 CHAR) NOT NULL,
    ended VARCHAR2(27 CHAR),
    ended_by NVARCHAR2(200),
    reason NVARCHAR2(2000),
    CONSTRAINT pk_task PRIMARY KEY (reference)
);

CREATE TABLE training (
    reference NVARCHAR2(200) NOT NULL,
    person NVARCHAR2(200) NOT NULL,
    topic NVARCHAR2(60) NOT NULL,
    trainer NVARCHAR2(200) NOT NULL,
    planned VARCHAR2(10 CHAR),
    held_on VARCHAR2(10 CHAR),
    outcome NVARCHAR2(60),
    result NVARCHAR2(2000),
    assessor NVARCHAR2(200),
    valid_until VARCHAR2(10 CHAR),
    CONSTRAINT pk_training PRIMARY KEY (reference)
);

CREATE INDEX ix_training_person ON training (person);

CREATE TABLE wear_reading (
    seq NUMBER(19) NOT NULL,
    device NVARCHAR2(200) NOT NULL,
    counter NVARCHAR2(60) NOT NULL,
    reading DOUBLE PRECISION NOT NULL,
    unit NVARCHAR2(60) NOT NULL,
    at VARCHAR2(27 CHAR) NOT NULL,
    CONSTRAINT pk_wear_reading PRIMARY KEY (seq)
);

CREATE INDEX ix_wear_reading_device ON wear_reading (device);
