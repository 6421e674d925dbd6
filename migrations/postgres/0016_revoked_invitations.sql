ALTER TABLE "invitations" ADD COLUMN "id" text;--> statement-breakpoint
ALTER TABLE "invitations" ADD COLUMN "revoked_at" bigint;--> statement-breakpoint
UPDATE "invitations" SET "id" = gen_random_uuid()::text;--> statement-breakpoint
CREATE UNIQUE INDEX "invitations_id" ON "invitations" USING btree ("id");