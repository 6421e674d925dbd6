CREATE TABLE "nonce_horizon" (
	"id" integer PRIMARY KEY NOT NULL,
	"purged_up_to" bigint NOT NULL
);
--> statement-breakpoint
ALTER TABLE "credentials" ADD COLUMN "backup_known" boolean DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE "credentials" ADD COLUMN "last_user_agent" text;--> statement-breakpoint
ALTER TABLE "credentials" ADD COLUMN "last_country" text;--> statement-breakpoint
ALTER TABLE "credentials" ADD COLUMN "upgrade_after" bigint;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "country" text;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "policy" text;