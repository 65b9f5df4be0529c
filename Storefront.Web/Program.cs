using Storefront.Jobs.Hosting;
using Storefront.Web.Api;
using Storefront.Web.Cart;
using Storefront.Web.Catalog;
using Storefront.Web.Checkout;
using Storefront.Web.Health;
using Storefront.Web.Hosting;
using Storefront.Web.Identity;
using Storefront.Web.Security;
using Storefront.Web.Telemetry;

return await Start.ExplainedAsync(async cancel =>
{
    var line = CommandLine.Parse(args);
    if (line.Command == Command.Help) return CommandLine.Explain();
    var builder = Settings.CreateBuilder(line, cancel);

    builder.AddDatabase();
    builder.Services.AddCatalog();
    builder.Services.AddCart();
    builder.Services.AddCheckout(); //        what the shopper waits for
    builder.Services.AddStorefrontJobs(); //  what the shopper does not wait for
    builder.Services.AddAdmin();
    builder.Services.AddAccounts();
    builder.Services.AddApi();
    builder.Services.AddHealth();
    builder.AddPages();
    builder.AddSecurity();
    builder.Services.AddProductionRules();
    builder.AddTelemetry();

    await using var sandbox = await SandboxHost.StartAsync(builder, line.Command, cancel); // in Development: what a fresh machine lacks
    await using var app = builder.Build();
    return await app.RunStorefrontAsync(line, cancel);
});
