using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Internal;
using Storefront.Jobs.Partners;
using Storefront.Tests.BackOffice;
using Storefront.Tests.Pages;
using Storefront.Tests.Support;
using Storefront.Web.Hosting;
using Storefront.Web.Identity;

namespace Storefront.Tests.Structure;

/// <summary>A new partner needs a declaration, a contract, an effect and a job. Whatever lists partners then lists it too.</summary>
public sealed class NewPartnerTests(ShopWithWarranty shop) : IClassFixture<ShopWithWarranty>
{
    [Fact]
    public async Task An_order_reaches_a_new_partner_once()
    {
        var id = await PlaceAsync();
        await shop.Http.UntilAsync(id, seen => seen.Delivery(Warranty.Effect) == "delivered", "the warranty is registered");

        shop.Accepted[$"{Warranty.Effect}/{id}"].ShouldBe(1);
        shop.Get<Circuits>().All.ShouldContain(circuit => circuit.Partner == Warranty.Partner.Name);
    }

    [Fact]
    public async Task Health_and_the_back_office_name_a_new_partner()
    {
        var id = await PlaceAsync();
        await shop.Http.UntilAsync(id, seen => seen.Delivery(Warranty.Effect) == "delivered", "the warranty is registered");

        var report = await shop.Http.GetFromJsonAsync<JsonElement>("/health/ready");
        report.GetProperty("checks").GetProperty("partners").GetProperty("data").GetProperty(Warranty.Partner.Name).GetString()
            .ShouldBe("answers");
        var admin = await BackOfficeFixture.SignInAsync(shop, Roles.Admin);
        (await admin.OpenAsync("/admin/partners")).Text.ShouldContain($"Deliveries to {Warranty.Partner.Name}");
        (await admin.OpenAsync($"/admin/orders/{id}")).Text.ShouldContain(Warranty.Partner.Name);
    }

    [Fact]
    public async Task A_refusal_by_a_new_partner_is_listed_on_the_failures_page()
    {
        shop.Refuses = true;
        try
        {
            var id = await PlaceAsync();
            await shop.Http.UntilAsync(id, seen => seen.Delivery(Warranty.Effect) == "dead", "the warranty is refused");
            var admin = await BackOfficeFixture.SignInAsync(shop, Roles.Admin);

            (await FailuresAsync(admin, Warranty.Partner.Name)).ShouldContain($"/admin/orders/{id}");
            (await FailuresAsync(admin, "Email")).ShouldNotContain($"/admin/orders/{id}");
        }
        finally
        {
            shop.Refuses = false;
        }
    }

    [Fact]
    public void Production_demands_https_and_a_real_key_of_a_new_partner()
    {
        var settings = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Partners:Warranty:BaseUrl"] = "http://warranty.example", ["Partners:Warranty:ApiKey"] = "changeme",
        }).Build();
        var rules = new ProductionRules(settings, Warranty.Catalogue, new HostingEnvironment { EnvironmentName = Environments.Production });

        var refused = rules.Validate(null, new AdminOptions());

        refused.Failures.ShouldNotBeNull();
        refused.Failures.ShouldContain(failure => failure.StartsWith("Setting Partners:Warranty:BaseUrl is not https"));
        refused.Failures.ShouldContain(failure => failure.StartsWith("Setting Partners:Warranty:ApiKey is an example"));
    }

    private static async Task<string> FailuresAsync(Visitor staff, string partner) =>
        await (await staff.OpenAsync($"/admin/failures?partner={partner}")).Response.Content.ReadAsStringAsync();

    private async Task<Guid> PlaceAsync()
    {
        await shop.Partners.SetStockAsync(Goods.Lamp, 1000);
        return (await (await shop.Http.PlaceAsync(AnOrder.Of((Goods.Lamp, 1)))).JsonAsync()).Id();
    }
}
