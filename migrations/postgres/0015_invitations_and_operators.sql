CREATE TABLE "audit_feed" (
	"id" integer PRIMARY KEY NOT NULL,
	"last" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "invitations" (
	"token_hash" text PRIMARY KEY NOT NULL,
	"username" text,
	"expires_at" bigint NOT NULL,
	"operator" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "operator_keys" (
	"id" text PRIMARY KEY NOT NULL,
	"key_hash" text NOT NULL,
	"name" text NOT NULL,
	"scopes" text NOT NULL,
	"created_at" bigint NOT NULL,
	"expires_at" bigint NOT NULL,
	"last_used_on" text
);
--> statement-breakpoint
ALTER TABLE "audit_entries" ADD COLUMN "position" bigint;--> statement-breakpoint
ALTER TABLE "operator_entries" ADD COLUMN "position" bigint;--> statement-breakpoint
CREATE INDEX "invitations_expiry" ON "invitations" USING btree ("expires_at");--> statement-breakpoint
CREATE UNIQUE INDEX "operator_keys_hash" ON "operator_keys" USING btree ("key_hash");--> statement-breakpoint
CREATE INDEX "audit_entries_unplaced" ON "audit_entries" USING btree ("at","id") WHERE security AND position IS NULL;--> statement-breakpoint
CREATE UNIQUE INDEX "audit_entries_position" ON "audit_entries" USING btree ("position") WHERE position IS NOT NULL;--> statement-breakpoint
CREATE INDEX "operator_entries_unplaced" ON "operator_entries" USING btree ("at","id") WHERE position IS NULL;--> statement-breakpoint
CREATE UNIQUE INDEX "operator_entries_position" ON "operator_entries" USING btree ("position") WHERE position IS NOT NULL;