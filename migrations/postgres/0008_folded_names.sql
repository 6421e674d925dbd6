-- ẞ is folded to ss, as ß is. Of several accounts that come to one key by that, all but one keep the key
-- that they have, and are found by it.
UPDATE "users" SET "username_key" = replace("username_key", 'ß', 'ss')
WHERE position('ß' in "username_key") > 0
	AND NOT EXISTS (
		SELECT 1 FROM "users" AS "other"
		WHERE "other"."username_key" = replace("users"."username_key", 'ß', 'ss')
	)
	AND "id" = (
		SELECT min("other"."id") FROM "users" AS "other"
		WHERE position('ß' in "other"."username_key") > 0
			AND replace("other"."username_key", 'ß', 'ss') = replace("users"."username_key", 'ß', 'ss')
	);
