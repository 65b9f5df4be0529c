using Storefront.Jobs.Database;

namespace Storefront.Jobs.Orders;

/// <summary>The schema <c>orders</c>: its tables are what the folder <c>Migrations</c> says.</summary>
public sealed class OrdersDb() : SqlSchema(Schema, "migrations")
{
    public const string Schema = "orders";
}
