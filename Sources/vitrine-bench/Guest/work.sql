CREATE TABLE item(id INTEGER PRIMARY KEY, kind INT, price INT, name TEXT);
WITH RECURSIVE number(n) AS (VALUES(1) UNION ALL SELECT n + 1 FROM number WHERE n < @ROWS@)
  INSERT INTO item SELECT n, n * 6151 % 8009, n % 97 * 5, printf('item %x number %d', n * 37, n) FROM number;
CREATE INDEX item_kind ON item(kind);
SELECT count(*), sum(price), min(name) FROM item WHERE kind BETWEEN 50 AND 4000;
SELECT kind % 50 AS part, count(*), sum(length(name)) FROM item GROUP BY part ORDER BY 2 DESC, 1 LIMIT 4;
SELECT count(*) FROM item a JOIN item b ON a.kind = b.kind WHERE a.id % 24 = 1;
UPDATE item SET name = name || '!' WHERE kind < 2000;
SELECT count(*) FROM item WHERE name LIKE '%7_ %!';
DELETE FROM item WHERE price % 10 = 0;
SELECT count(*), sum(id) FROM item;
