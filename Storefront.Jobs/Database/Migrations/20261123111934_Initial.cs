using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Storefront.Jobs.Database.Migrations
{
    /// <inheritdoc />
    public partial class Initial : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropPrimaryKey(
                name: "pk_lines",
                schema: "orders",
                table: "lines");

            migrationBuilder.DropIndex(
                name: "ix_lines_order_id_sku",
                schema: "orders",
                table: "lines");

            migrationBuilder.AlterColumn<decimal>(
                name: "total",
                schema: "orders",
                table: "orders",
                type: "numeric(20,2)",
                precision: 20,
                scale: 2,
                nullable: false,
                oldClrType: typeof(decimal),
                oldType: "numeric(14,2)",
                oldPrecision: 14,
                oldScale: 2);

            migrationBuilder.AlterColumn<byte[]>(
                name: "request_hash",
                schema: "orders",
                table: "orders",
                type: "bytea",
                nullable: false,
                defaultValue: new byte[0],
                oldClrType: typeof(byte[]),
                oldType: "bytea",
                oldNullable: true);

            migrationBuilder.AlterColumn<string>(
                name: "idempotency_key",
                schema: "orders",
                table: "orders",
                type: "character varying(255)",
                maxLength: 255,
                nullable: false,
                defaultValue: "",
                oldClrType: typeof(string),
                oldType: "character varying(255)",
                oldMaxLength: 255,
                oldNullable: true);

            migrationBuilder.AlterColumn<int>(
                name: "attempts",
                schema: "orders",
                table: "deliveries",
                type: "integer",
                nullable: false,
                defaultValue: 0,
                oldClrType: typeof(int),
                oldType: "integer");

            migrationBuilder.AddPrimaryKey(
                name: "pk_lines",
                schema: "orders",
                table: "lines",
                columns: new[] { "order_id", "sku" });

            // One statement for every end of a lease, so that it can stand in a batch with what depends on it:
            // where the lease is lost, the batch fails as a whole and nothing of it becomes true.
            migrationBuilder.Sql("""
                create function orders.settle(order_id uuid, token uuid, new_status text, why text, lacking jsonb, job bigint)
                returns void language plpgsql as $$
                begin
                    update orders.orders
                    set status = new_status, failure = why, shortfalls = lacking, finish_job_id = coalesce(job, finish_job_id),
                        lease_token = null, lease_until = null,
                        placed_at = case when new_status = 'placed' then now() end
                    where id = order_id and status = 'reserving' and lease_token = token;
                    if not found then
                        raise exception 'The lease on order % was lost.', order_id using errcode = 'SF001';
                    end if;
                end $$;

                create function orders.cancel(order_id uuid, within interval)
                returns void language plpgsql as $$
                begin
                    update orders.orders set status = 'cancelled'
                    where id = order_id and status = 'placed' and placed_at > now() - within;
                    if not found then
                        raise exception 'Order % cannot be cancelled.', order_id using errcode = 'SF002';
                    end if;
                    update orders.deliveries d set state = 'cancelled', next_attempt_at = null
                    where d.order_id = cancel.order_id and d.state = 'pending' and d.due_at > now() and d.first_attempt_at is null;
                end $$;
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropPrimaryKey(
                name: "pk_lines",
                schema: "orders",
                table: "lines");

            migrationBuilder.AlterColumn<decimal>(
                name: "total",
                schema: "orders",
                table: "orders",
                type: "numeric(14,2)",
                precision: 14,
                scale: 2,
                nullable: false,
                oldClrType: typeof(decimal),
                oldType: "numeric(20,2)",
                oldPrecision: 20,
                oldScale: 2);

            migrationBuilder.AlterColumn<byte[]>(
                name: "request_hash",
                schema: "orders",
                table: "orders",
                type: "bytea",
                nullable: true,
                oldClrType: typeof(byte[]),
                oldType: "bytea");

            migrationBuilder.AlterColumn<string>(
                name: "idempotency_key",
                schema: "orders",
                table: "orders",
                type: "character varying(255)",
                maxLength: 255,
                nullable: true,
                oldClrType: typeof(string),
                oldType: "character varying(255)",
                oldMaxLength: 255);

            migrationBuilder.AlterColumn<int>(
                name: "attempts",
                schema: "orders",
                table: "deliveries",
                type: "integer",
                nullable: false,
                oldClrType: typeof(int),
                oldType: "integer",
                oldDefaultValue: 0);

            migrationBuilder.AddPrimaryKey(
                name: "pk_lines",
                schema: "orders",
                table: "lines",
                columns: new[] { "order_id", "position" });

            migrationBuilder.CreateIndex(
                name: "ix_lines_order_id_sku",
                schema: "orders",
                table: "lines",
                columns: new[] { "order_id", "sku" },
                unique: true);
        }
    }
}
