INSERT INTO about (name, value) VALUES (:name, :value);

SELECT about.name, about.value FROM about;

UPDATE about SET value=:value WHERE about.name = :name_1;
