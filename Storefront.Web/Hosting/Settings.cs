namespace Storefront.Web.Hosting;

internal static class Settings
{
    /// <summary>The arguments that are settings. The file of an import is none, though it may begin with a slash as settings do.</summary>
    public static string[] In(string[] args) => args is ["import", _, .. var settings] ? settings : args;

    /// <summary>
    /// Adds the <c>appsettings.json</c> of the repository's root as the lowest source, so that environment variables and the command line
    /// win. It is copied beside the program, since <c>dotnet run</c> and a published app each work in a folder of their own.
    /// </summary>
    public static WebApplicationBuilder AddSettings(this WebApplicationBuilder builder)
    {
        var source = new Microsoft.Extensions.Configuration.Json.JsonConfigurationSource
        {
            Path = Path.Combine(AppContext.BaseDirectory, "appsettings.json"),
            Optional = false,
        };
        source.ResolveFileProvider();
        builder.Configuration.Sources.Insert(0, source);

        // Its own address is where shoppers reach it, until it is in Production and has to be told.
        if (!builder.Environment.IsProduction() && string.IsNullOrEmpty(builder.Configuration["Shop:PublicUrl"]))
            builder.Configuration["Shop:PublicUrl"] = OwnAddress(builder.Configuration["Urls"]!);

        // On a developer's machine the keys of cookies lie in a database of the same machine: nothing to warn of at every first start.
        if (builder.Environment.IsDevelopment())
            builder.Logging.AddFilter("Microsoft.AspNetCore.DataProtection.KeyManagement.XmlKeyManager", LogLevel.Error);
        return builder;
    }

    private static string OwnAddress(string urls)
    {
        var first = BindingAddress.Parse(urls.Split(';')[0]);
        return $"{first.Scheme}://{(first.Host is "*" or "+" or "0.0.0.0" or "[::]" ? "localhost" : first.Host)}:{first.Port}";
    }
}
