using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace Storefront.Jobs.Orders;

/// <summary>
/// The schema <c>orders</c>: its shape, and the way to read it. Orders are written by SQL in the order book and the ledger.
/// </summary>
public sealed class OrdersDb(DbContextOptions<OrdersDb> options) : DbContext(options)
{
    public const string Schema = "orders";

    public DbSet<Order> Orders => Set<Order>();
    public DbSet<Delivery> Deliveries => Set<Delivery>();
    public DbSet<Repair> Repairs => Set<Repair>();

    // Its statements outside of a transaction may be broken off and done again: MigrationSteps.
    protected override void OnConfiguring(DbContextOptionsBuilder optionsBuilder) =>
        optionsBuilder.ConfigureWarnings(warnings => warnings.Ignore(RelationalEventId.NonTransactionalMigrationOperationWarning));

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.HasDefaultSchema(Schema);
        modelBuilder.Entity<Order>(order =>
        {
            order.HasKey(o => o.Id);
            order.Property(o => o.Number).UseIdentityAlwaysColumn().HasIdentityOptions(startValue: 10_001);
            order.HasIndex(o => o.Number).IsUnique();
            order.Property(o => o.Status).HasConversion(Names<OrderStatus>()).HasMaxLength(20);
            order.Property(o => o.Failure).HasConversion(Names<OrderFailure>()).HasMaxLength(20);
            order.Ignore(o => o.Age);
            order.Property(o => o.Shortfalls).HasColumnType("jsonb").HasDefaultValueSql("'[]'").HasConversion(
                list => JsonSerializer.Serialize(list, JsonSerializerOptions.Web),
                json => JsonSerializer.Deserialize<List<Shortfall>>(json, JsonSerializerOptions.Web)!,
                ValueComparer.CreateDefault<IReadOnlyList<Shortfall>>(favorStructuralComparisons: false)); // never changed through here
            order.Property(o => o.Email).HasMaxLength(254);
            order.Property(o => o.Name).HasMaxLength(200);
            order.ComplexProperty(o => o.Address, address =>
            {
                address.Property(a => a.Line1).HasMaxLength(200).HasColumnName("line1");
                address.Property(a => a.Line2).HasMaxLength(200).HasColumnName("line2");
                address.Property(a => a.City).HasMaxLength(100).HasColumnName("city");
                address.Property(a => a.PostalCode).HasMaxLength(20).HasColumnName("postal_code");
                address.Property(a => a.Country).HasMaxLength(2).HasColumnName("country");
            });
            order.Property(o => o.Currency).HasMaxLength(3);
            order.Property(o => o.Total).HasColumnType("numeric"); // with as many decimals as its currency has
            order.Property(o => o.CreatedAt).HasDefaultValueSql("now()");

            // What only the writers use: the promise of one order a key, and the lease that fences them from one another.
            order.Property<string>("IdempotencyKey").HasMaxLength(255).IsRequired();
            order.HasIndex("IdempotencyKey").IsUnique();
            order.Property<byte[]>("RequestHash").IsRequired();
            order.Property<Guid?>("LeaseToken");
            order.Property<DateTimeOffset?>("LeaseUntil");
            order.Property<long?>("FinishJobId");
            order.HasIndex(o => o.CreatedAt).HasFilter("status = 'reserving'").HasDatabaseName("ix_orders_reserving");

            order.OwnsMany(o => o.Lines, line =>
            {
                line.ToTable("lines");
                line.Property<Guid>("OrderId");
                line.Property<int>("Position").ValueGeneratedNever();
                line.HasKey("OrderId", nameof(OrderLine.Sku));
                line.Property(l => l.Sku).HasMaxLength(64);
                line.Property(l => l.Name).HasMaxLength(200);
                line.Property(l => l.UnitPrice).HasColumnType("numeric");
                line.Ignore(l => l.Total);
                line.ToTable(t => t.HasCheckConstraint("ck_lines_quantity", "quantity between 1 and 100000"));
                line.ToTable(t => t.HasCheckConstraint("ck_lines_unit_price", "unit_price >= 0"));
            });
            order.HasMany(o => o.Deliveries).WithOne().HasForeignKey(d => d.OrderId);
            order.ToTable("orders", t =>
            {
                t.HasCheckConstraint("ck_orders_status", $"status in ({Quoted<OrderStatus>()})");
                t.HasCheckConstraint("ck_orders_total", "total >= 0");
            });
        });
        modelBuilder.Entity<Delivery>(delivery =>
        {
            delivery.HasKey(d => new { d.OrderId, d.Effect });
            delivery.Property(d => d.Effect).HasMaxLength(50);
            delivery.Property(d => d.State).HasConversion(Names<DeliveryState>()).HasMaxLength(20);
            delivery.Property(d => d.IdempotencyKey).HasMaxLength(100);
            delivery.HasIndex(d => d.IdempotencyKey).IsUnique();
            delivery.Property(d => d.Attempts).HasDefaultValue(0);
            delivery.Property(d => d.PartnerReference).HasMaxLength(200);
            delivery.Property(d => d.LastError).HasMaxLength(500);
            delivery.Property<string>("Payload").HasColumnType("jsonb").IsRequired(false);
            delivery.Property<DateTimeOffset?>("InDoubtSince");
            delivery.HasIndex(d => new { d.DueAt, d.OrderId, d.Effect })
                .HasFilter("state = 'pending'").HasDatabaseName("ix_deliveries_pending");
            delivery.HasIndex(d => d.DueAt).HasFilter("state = 'dead'").HasDatabaseName("ix_deliveries_dead");
            delivery.ToTable("deliveries", t => t.HasCheckConstraint("ck_deliveries_state", $"state in ({Quoted<DeliveryState>()})"));
        });
        modelBuilder.Entity<Repair>(repair =>
        {
            repair.ToTable("repairs");
            repair.Property(r => r.Id).UseIdentityAlwaysColumn();
            repair.Property(r => r.At).HasDefaultValueSql("now()");
            repair.Property(r => r.Kind).HasMaxLength(50);
            repair.Property(r => r.Subject).HasMaxLength(100);
        });
    }

    private static ValueConverter<T, string> Names<T>() where T : struct, Enum =>
        new(value => EnumName.Of(value), name => EnumName.Parse<T>(name));

    private static string Quoted<T>() where T : struct, Enum =>
        string.Join(", ", Enum.GetValues<T>().Select(value => $"'{EnumName.Of(value)}'"));
}
