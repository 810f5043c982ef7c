INSERT INTO about (name, value) VALUES (?, ?);

SELECT about.name, about.value FROM about;

UPDATE about SET value=? WHERE about.name = ?;
