namespace Storefront.Web.Hosting;

internal static class Settings
{
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

        // On a developer's machine the keys of cookies lie in a database of the same machine: nothing to warn of at every first start.
        if (builder.Environment.IsDevelopment())
            builder.Logging.AddFilter("Microsoft.AspNetCore.DataProtection.KeyManagement.XmlKeyManager", LogLevel.Error);
        return builder;
    }
}
