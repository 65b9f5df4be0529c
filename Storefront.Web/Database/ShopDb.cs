using Microsoft.AspNetCore.DataProtection.EntityFrameworkCore;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;

namespace Storefront.Web.Database;

/// <summary>The schema <c>shop</c>: the catalogue, the people who sign in, and the keys of cookies and forms.</summary>
public sealed class ShopDb(DbContextOptions<ShopDb> options) : IdentityDbContext<IdentityUser>(options), IDataProtectionKeyContext
{
    public const string Schema = "shop";

    public DbSet<Product> Products => Set<Product>();
    public DbSet<DataProtectionKey> DataProtectionKeys => Set<DataProtectionKey>();

    protected override void OnModelCreating(ModelBuilder builder)
    {
        base.OnModelCreating(builder);
        builder.HasDefaultSchema(Schema);
        builder.Entity<Product>(product =>
        {
            product.HasKey(p => p.Sku);
            product.Property(p => p.Sku).HasMaxLength(64);
            product.Property(p => p.Name).HasMaxLength(200);
            product.Property(p => p.Description).HasMaxLength(4000);
            product.Property(p => p.Category).HasMaxLength(100);
            product.Property(p => p.Price).HasColumnType("numeric"); // with as many decimals as its currency has
            product.Property(p => p.Currency).HasMaxLength(3).IsFixedLength();
            product.Property(p => p.ImageUrl).HasMaxLength(500);
            product.Property(p => p.Active).HasDefaultValue(true);
            product.Property(p => p.Words).HasColumnType("tsvector")
                .HasComputedColumnSql("to_tsvector('simple', name || ' ' || category || ' ' || description || ' ' || sku)", stored: true);
            product.HasIndex(p => p.Words).HasMethod("gin");
            // One index for each way the catalogue is read page by page.
            product.HasIndex(p => new { p.Position, p.Sku }).HasFilter("active");
            product.HasIndex(p => new { p.Name, p.Sku }).HasFilter("active");
            product.HasIndex(p => new { p.Price, p.Sku }).HasFilter("active");
            product.HasIndex(p => new { p.Category, p.Position, p.Sku }).HasFilter("active");
            product.ToTable("products", table => table.HasCheckConstraint("ck_products_price", "price > 0"));
        });
    }
}
