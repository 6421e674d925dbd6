ALTER TABLE "users" ADD COLUMN "disabled_at" bigint;--> statement-breakpoint
CREATE INDEX "users_username_order" ON "users" USING btree ("username_key" COLLATE "C");